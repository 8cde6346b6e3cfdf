// The scripts that the tests run: short, with only a shell and Python.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Prints a numbered line every `pause_s` and logs it as a metric. */
export const counting = (lines: number, pause_s: number) => [
  'python3',
  '-u',
  '-c',
  `import json, os, time
with open(os.environ["HVEN_METRICS"], "a", buffering=1) as metrics:
    for i in range(${lines}):
        print(f"line {i:06d}")
        metrics.write(json.dumps({"loss": 1 / (i + 1), "step": i}) + "\\n")
        time.sleep(${pause_s})`,
]

/** Prints about `lines` × 100 bytes at once, with a word in the middle to search for. */
export const shouting = (lines: number) => [
  'python3',
  '-c',
  `for i in range(${lines}):
    print(f"line {i:08d} " + ("needle " if i == ${Math.floor(lines / 2)} else "") + "." * 80)`,
]

/** Draws a progress bar of `steps` steps over its line. In the second half its loss is not a number. */
export const drawing = (steps: number) => [
  'python3',
  '-c',
  `import sys
for step in range(${steps} + 1):
    loss = "nan" if step > ${steps} // 2 else f"{1 / (step + 1):.4f}"
    sys.stdout.write(f"\\r\\x1b[32m{step}/${steps}\\x1b[0m loss={loss}")
    sys.stdout.flush()
print("\\nfinished")`,
]

export const outputsOfChance = ['chance.csv', 'chance.json', 'chance.svg', 'chance.txt', 'same.txt']

/** Writes a script whose outputs differ each time, each output in one place. */
export const writeChance = (folder: string) =>
  writeFile(
    join(folder, 'chance.py'),
    `import json, os, random
noise = random.random
with open("chance.csv", "w") as table:
    table.write("name,noise\\n")
    for name in ["Earth", "Mars", "Saturn"]:
        table.write(f"{name},{noise() if name == 'Mars' else 0.5}\\n")
with open("chance.json", "w") as document:
    json.dump({"fit": {"slope": 1.5, "seed": noise()}, "name": "chance"}, document)
with open("chance.svg", "w") as picture:
    picture.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 120"><rect width="200" height="120" fill="white"/>')
    picture.write(f'<circle cx="{40 + 100 * noise()}" cy="60" r="20" fill="steelblue"/></svg>')
with open("chance.txt", "w") as text:
    text.write(f"first\\nsecond\\ndrawn {noise()}\\nlast\\n")
with open("same.txt", "w") as text:
    text.write("always the same\\n")
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"slope": 1.5, "loss": noise()}) + "\\n")
`,
  )

/**
 * Writes a script for arrays with two parameters. It fails for the second value of the first one until there is a file
 * `converges`, and always for the fourth.
 */
export const writeSweep = (folder: string) =>
  writeFile(
    join(folder, 'sweep.py'),
    `import json, os, sys
i, t = int(sys.argv[1]), float(sys.argv[2])
if i == 2 and not os.path.exists("converges"):
    print("no convergence", file=sys.stderr)
    sys.exit(3)
if i == 4:
    sys.exit("cannot read <b>data</b>")
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"loss": t / i, "size": i * i}) + "\\n")
`,
  )

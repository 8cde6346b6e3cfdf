// Scripts that the tests run: short, and of nothing but a shell and Python.

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

/** Prints about `lines` × 100 bytes at once, with a word to be found in the middle. */
export const shouting = (lines: number) => [
  'python3',
  '-c',
  `for i in range(${lines}):
    print(f"line {i:08d} " + ("needle " if i == ${Math.floor(lines / 2)} else "") + "." * 80)`,
]

#!/usr/bin/env python3
"""Plain English in comments, docs and names of tests.

Readers know English as a second language. A comment has a subject that names a component, a common verb and an object.
This script refuses words and constructions that such readers have to guess, in the crates, scripts, pages and documents
that were revised for it.
`check_english.py PATH…` checks other paths, to revise them.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Crates without such words. A crate that was revised gets a line here.
REVISED = [
    'hven',
    'hven-api',
    'hven-app',
    'hven-bench',
    'hven-capture',
    'hven-client',
    'hven-compute',
    'hven-core',
    'hven-data',
    'hven-learn',
    'hven-door',
    'hven-door-mlflow',
    'hven-door-prometheus',
    'hven-imports',
    'hven-publish',
    'hven-recipes',
    'hven-record',
    'hven-runner',
    'hven-server',
    'hven-steps',
    'hven-terminal',
    'hven-testing',
]

# Scripts and settings without such words: their `#` comments and docstrings are checked. Folders are searched for Rust files.
REVISED_SCRIPTS = ['.ci/run', '.cargo/*', 'Makefile', 'scripts/*.py', 'scripts/*.sh', 'scripts/drill', 'scripts/drill_recipe']

# Pages without such words: comments and names of tests are checked. `schema.d.ts` is generated.
REVISED_PAGES = ['web/src/**/*.ts', 'web/src/**/*.tsx', 'web/src/**/*.css', 'web/e2e/*.ts', 'web/dev/*.ts*', 'web/scripts/*.mjs', 'web/*.ts']
GENERATED = ['schema.d.ts']

# Documents without such words: prose and tables are checked, without code.
REVISED_DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/*.md', 'docs/decisions/*.md', 'examples/*/README.md', 'web/README.md']

# A pattern, a text that it must match, and the reason with a replacement. The case of the first letter counts.
COMMENTS = [
    (r'(?:^|[.:;] )(?:What|Whatever)\b(?![^.]*\?)', 'What was sent is kept.', 'not a subject: name the thing ("The sent bytes …")'),
    (r'(?:^|[.:;] )(?:Who|Whoever|Whose|Nobody|Somebody|Anybody|Everybody)\b(?![^.]*\?)', 'Whoever asks waits.',
     'not a subject: name the component ("The caller …")'),
    (r'\b(?:nobody|somebody|anybody|whoever)\b', 'sent by somebody', 'name the component'),
    (r'\b(?:whom|thereof|whereof|hereby|therein|wherein|whence|hence)\b', 'the run of whom', 'old: write a second sentence'),
    (r'\b(?:told|tells|tell) (?:of|that|the|it|them|what|how|when|so|by)\b', 'the server is told of it', 'say who reports what'),
    (r'\b(?:sayings?|joints?|deeds?)\b', 'the joints of a lineage', 'not a word of the field'),
    (r'\bbegun\b', 'an attempt was begun', 'write "started"'),
    (r'\bwent\b', 'the server went away', 'write what happened: "stopped", "disappeared"'),
    (r'\bbrought\b', 'a file that was brought', 'write "imported", "uploaded" or "sent"'),
    (r'\bbeside\b', 'a file beside it', 'write "next to" or "in addition to"'),
    (r'\banew\b', 'written anew', 'write "again" or "rewritten"'),
    (r'\bfor want of\b', 'for want of space', 'write "for lack of" or "without"'),
    (r'\b(?:taken|takes|took|take) down\b', 'files are taken down', 'write "recorded" or "listed"'),
    (r'\b(?:handed|hands|hand) on\b', 'bytes are handed on', 'write "forwarded" or "passed"'),
    (r'\b(?:holds?|held) up\b(?! to\b)', 'it holds up others', 'write "blocks" or "delays"'),
    (r'\bsays so\b', 'and it says so', 'write what is reported, and where'),
    (r'\b[Bb]y now\b.*\bby now\b', 'it may by now be there by now', 'one "by now" is enough'),
]
TEST_NAMES = [
    (r'^(?:what|who|whoever|whose|nobody|somebody|whatever|of_many)_', 'what_is_lost_is_said', 'begin with the component or the thing'),
    (r'_(?:is|are)_(?:said|told)(?:_|$)', 'a_loss_is_told', 'write "reported", "named" or "noted"'),
    (r'_(?:nobody|somebody|whom|anew|begun|went|beside)(?:_|$)', 'a_wait_hurts_nobody', 'use a common word'),
]

PAGE_TEST_NAMES = [
    (r'^(?:what|who|whoever|whose|nobody|somebody|of (?:a|what|many|the))\b(?!.*\?)', 'what is lost is reported', 'start with the component or the thing'),
    (r'\b(?:is|are) (?:said|told)\b', 'a loss is told', 'write "reported", "shown" or "listed"'),
    (r'\b(?:nobody|somebody|whom|anew|begun|went|beside|deed)\b', 'a wait hurts nobody', 'use a common word'),
]

SCRIPT_COMMENT = re.compile(r'^\s*#!?\s?(.*)$|.*\s## (.*)$')
COMMENT = re.compile(r'^\s*//[/!]?\s?(.*)$|.*?;\s+//\s(.*)$')
TEST = re.compile(r'^\s*(?:pub )?(?:async )?fn (\w+)')
PAGE_COMMENT = re.compile(r'^\s*(?://|\{?/\*\*?|\* )\s?(.*?)(?:\*/\}?)?$|.*?[;,{]\s+//\s(.*)$')
PAGE_TEST = re.compile(r"""\b(?:it|test|describe)(?:\.\w+)*\(\s*(['"`])(.*?)\1""")
IS_TEST = re.compile(r'#\[(?:\w+::)*test\b')
CODE = re.compile(r'`[^`]*`|"[^"]*"')


def script_texts(lines):
    """Line numbers from 1, and the text of each comment and docstring."""
    is_docstring = False
    for number, line in enumerate(lines, 1):
        comment = SCRIPT_COMMENT.match(line)
        if is_docstring or line.strip().startswith('"""'):
            yield number, line.replace('"""', '')
        elif comment:
            yield number, comment[1] or comment[2] or ''
        if line.count('"""') % 2 == 1:
            is_docstring = not is_docstring


def text_faults(texts):
    """Line numbers from 1, the text at fault, and the reason, of numbered texts."""
    for number, text in texts:
        for pattern, _, reason in COMMENTS:
            match = re.search(pattern, CODE.sub('…', text))
            if match:
                yield number, match[0].strip(' .:;'), reason


def script_faults(lines):
    """The faults of a script or a file of settings."""
    return text_faults(script_texts(lines))


def document_texts(lines):
    """Line numbers from 1, and the prose of a document: no code blocks, inline code and targets of links. The cells of a
    table are separate texts. A heading may be a question, and so may a sentence that ends in the next line."""
    is_code = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith('```'):
            is_code = not is_code
        elif not is_code:
            text = re.sub(r'\]\([^)]*\)', ']', re.sub(r'`[^`]*`', '…', line)).lstrip('#>*- \t')
            is_question = line.startswith('#') or re.match(r'[^.!?]+\?', lines[number] if number < len(lines) else '')
            for cell in text.strip('|').split('|') if text.startswith('|') else [text + ('?' if is_question else '')]:
                yield number, cell.strip()


def document_faults(lines):
    """The faults of a document."""
    return text_faults(document_texts(lines))


def page_faults(lines):
    """The faults of a file of the pages."""
    for number, line in enumerate(lines, 1):
        found = PAGE_COMMENT.match(line)
        name = PAGE_TEST.search(line)
        if found:
            yield from text_faults([(number, found[1] or found[2] or '')])
        elif name:
            for pattern, _, reason in PAGE_TEST_NAMES:
                if re.search(pattern, name[2]):
                    yield number, name[2], reason


def faults(lines):
    """Line numbers from 1, the text at fault, and the reason, in a Rust file."""
    is_test = False
    for number, line in enumerate(lines, 1):
        found = COMMENT.match(line)
        if found:
            text = CODE.sub('…', found[1] if found[1] is not None else found[2])
            for pattern, _, reason in COMMENTS:
                match = re.search(pattern, text)
                if match:
                    yield number, match[0].strip(' .:;'), reason
        elif IS_TEST.search(line):
            is_test = True
        else:
            name = TEST.match(line)
            if name:
                for pattern, _, reason in TEST_NAMES if is_test else []:
                    if re.search(pattern, name[1]):
                        yield number, name[1], reason
                is_test = False


FAULTS_OF_SUFFIX = {
    '.rs': faults,
    '.md': document_faults,
    **dict.fromkeys(['.ts', '.tsx', '.css', '.mjs'], page_faults),
}


def main(paths):
    for pattern, example, _ in COMMENTS + TEST_NAMES + PAGE_TEST_NAMES:
        if not re.search(pattern, example):
            sys.exit(f'the pattern {pattern} does not match its own example {example!r}')
    scripts = [file for pattern in REVISED_SCRIPTS for file in sorted(ROOT.glob(pattern))]
    others = sorted({file for pattern in REVISED_PAGES + REVISED_DOCUMENTS for file in ROOT.glob(pattern) if file.name not in GENERATED})
    folders = [Path(path) for path in paths] or [ROOT / 'crates' / crate for crate in REVISED] + scripts + others
    count = 0
    for folder in folders:
        if not folder.exists():
            sys.exit(f'{folder} does not exist: correct the list of revised crates')
        for file in sorted(folder.rglob('*.rs') if folder.is_dir() else [folder]):
            find = FAULTS_OF_SUFFIX.get(file.suffix, script_faults)
            for number, text, reason in find(file.read_text(encoding='utf-8').split('\n')):
                print(f'{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}:{number}: "{text}": {reason}')
                count += 1
    if count:
        sys.exit(f'{count} places are hard to read; the reasons and replacements are in scripts/check_english.py')


main(sys.argv[1:])

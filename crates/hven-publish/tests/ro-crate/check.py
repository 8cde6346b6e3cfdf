"""Runs foreign validators on a publication, without a network.

    python check.py FOLDER…

Needs roc-validator and prov from PyPI. The JSON-LD contexts that roc-validator would fetch are in this folder; the script
puts them into the cache that roc-validator reads first. The exit status is 1 if a publication is not valid.
"""

import gzip
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from prov.model import ProvDocument
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse

CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": "ro-1.1.jsonld.gz",
    "https://w3id.org/ro/terms/workflow-run/context": "wfrun.jsonld.gz",
}
PROFILE = "process-run-crate-0.5"


class LocalContexts(HTTPAdapter):
    """Answers requests with files of this folder."""

    def send(self, request, **_):
        body = gzip.decompress((Path(__file__).parent / CONTEXTS[request.url]).read_bytes())
        headers = {"Content-Type": "application/ld+json"}
        answer = HTTPResponse(
            body=io.BytesIO(body), status=200, headers=headers, preload_content=False, request_url=request.url
        )
        return self.build_response(request, answer)


def fill(cache):
    session = CachedSession(
        cache_name=str(cache), expire_after=-1, backend="sqlite", allowable_methods=("GET",), allowable_codes=(200, 302, 404)
    )
    session.mount("https://", LocalContexts())
    for url in CONTEXTS:
        for accept in ({"Accept": "application/ld+json, application/json;p=0.9, */*;q=0.1"}, {}):
            session.get(url, headers=accept).raise_for_status()


def crate(folder, cache):
    validator = Path(sys.executable).parent / "rocrate-validator"
    command = [validator, "-y", "validate", "-v", "--no-paging", "--offline", "--cache-path", cache]
    command += ["--skip-availability-check", "-l", "required", "-p", PROFILE, folder]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0 or "is a valid" not in done.stdout:
        sys.exit(f"{folder} is not a valid {PROFILE}:\n{done.stdout}\n{done.stderr}")


def prov(path):
    document = ProvDocument.deserialize(str(path))
    if not document.records:
        sys.exit(f"{path} has no records")
    # A document that was read and written again is the same.
    again = ProvDocument.deserialize(content=document.serialize())
    if document != again:
        sys.exit(f"{path} is not the same when it is read and written")


def main(folders):
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place) / "cache"
        fill(cache)
        for folder in map(Path, folders):
            crate(folder, cache)
            prov(folder / "prov.json")
            json.loads((folder / "datacite.json").read_text(encoding="utf-8"))
    print(f"{len(folders)} publications are valid")


main(sys.argv[1:])

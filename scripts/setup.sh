#!/usr/bin/env bash
# Checks the tools that build and test Hven, and installs missing ones.
#
#   scripts/setup.sh build   Rust, Node.js, a C compiler, Python 3: only checked
#   scripts/setup.sh test    also PostgreSQL and Chromium, with apt as root; foreign validators, with pip
#   scripts/setup.sh check   also mold, rustfmt, clippy, cargo-nextest and cargo-deny
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_DENY=0.20.2
CARGO_NEXTEST=0.9.151
ROC_VALIDATOR=0.13.0
PROV=3.2.3
PYARROW=26.0.1
BLAKE3=1.0.11

has() { command -v "$1" >/dev/null 2>&1; }
say() { printf 'setup: %s\n' "$*"; }
# at_least 1.95 1.100: the second version is the first or newer
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

missing=0
lacks() {
    printf 'setup: %s\n' "$*" >&2
    missing=1
}

check_build_tools() {
    local rust_wanted rust_found node_found
    rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! has cargo || ! has rustc; then
        lacks "Rust $rust_wanted or newer is missing: see https://rustup.rs"
    else
        rust_found=$(rustc --version | cut -d' ' -f2)
        at_least "$rust_wanted" "${rust_found%%-*}" ||
            lacks "Rust $rust_found is too old, $rust_wanted is needed: rustup update"
    fi
    if ! has node || ! has npm; then
        lacks "Node.js 20.19 or newer with npm is missing: see https://nodejs.org"
    else
        node_found=$(node --version)
        at_least 20.19 "${node_found#v}" || lacks "Node.js $node_found is too old, 20.19 is needed"
    fi
    has cc || lacks "a C compiler is missing (as root: apt-get install gcc libc6-dev)"
    has python3 || lacks "Python 3 is missing (as root: apt-get install python3)"
    [ "$missing" = 0 ] || exit 1
}

can_apt() { [ "$(id -u)" = 0 ] && has apt-get; }
apt_updated=no
apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    if [ "$apt_updated" = no ]; then
        apt-get -qq update || return 1
        apt_updated=yes
    fi
    say "installing $*"
    apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

has_postgresql() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_mold() { has mold; }

install_postgresql() {
    local conf=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$conf" ]; then
        # The tests start their own servers, so Debian's default server is not needed.
        apt_install postgresql-common &&
            sed -i 's/^#create_main_cluster .*/create_main_cluster = false/' "$conf"
    fi
    apt_install postgresql
}
# The web pages have Chinese texts: without a Chinese font the screenshots of the tests show boxes.
install_chromium() { apt_install chromium fonts-dejavu-core fonts-wqy-microhei; }
install_mold() { apt_install mold; }

# A missing optional tool is no error: scripts/test.sh counts the skipped tests.
optional() { # name for people · name of the package, and of the functions has_… and install_…
    if "has_$2"; then return; fi
    if ! can_apt; then
        say "$1 is absent (as root: apt-get install $2)"
    elif ! "install_$2"; then
        say "$1 could not be installed"
    fi
}

# Tests check publications with roc-validator and prov, and exports with pyarrow. They are in a folder below the target folder.
validators=${CARGO_TARGET_DIR:-target}/validators
install_validators() {
    if [ -x "$validators/bin/rocrate-validator" ] && "$validators/bin/python" -c 'import prov, pyarrow, blake3' 2>/dev/null; then
        return
    fi
    say "installing roc-validator $ROC_VALIDATOR, prov $PROV, pyarrow $PYARROW and blake3 $BLAKE3"
    if ! python3 -m venv "$validators" >/dev/null 2>&1 ||
        ! "$validators/bin/pip" install --quiet --disable-pip-version-check "roc-validator==$ROC_VALIDATOR" "prov==$PROV" \
            "pyarrow==$PYARROW" "blake3==$BLAKE3"; then
        rm -rf "$validators"
        say 'the validators could not be installed (needed: python3-venv, and an index of Python packages)'
    fi
}

install_test_tools() {
    optional PostgreSQL postgresql
    optional Chromium chromium
    install_validators
}

cargo_tool() { # name · version; the build without optimisation takes a third of the time
    if cargo "${1#cargo-}" --version >/dev/null 2>&1; then return; fi
    say "installing $1 $2 (a few minutes)"
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --profile dev "$1@$2"
}

install_check_tools() {
    optional mold mold
    if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        has rustup || { lacks "rustfmt and clippy are missing, and so is rustup, which installs them"; exit 1; }
        rustup component add rustfmt clippy
    fi
    cargo_tool cargo-nextest "$CARGO_NEXTEST"
    cargo_tool cargo-deny "$CARGO_DENY"
}

case "${1:-}" in
build | test | check) ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
check_build_tools
if [ "$1" != build ]; then install_test_tools; fi
if [ "$1" = check ]; then install_check_tools; fi

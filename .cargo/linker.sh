#!/bin/sh
# Links with mold when it is there (faster on debug builds), else just as rustc asked.
# HVEN_LINKER=cc turns mold off. GCC knows mold by name since version 12; of two -fuse-ld the last
# one wins, so ours stands behind the one rustc gives. A release packs its relocations (crates/hven/build.rs): mold 1.10
# (Debian 12) makes programs from them that do not start, so they are linked by the linker that comes with Rust.
case " $* " in *" -Wl,-z,pack-relative-relocs "*) exec cc "$@" ;; esac
if [ "${HVEN_LINKER:-mold}" = mold ] && command -v mold >/dev/null 2>&1; then
    version=$(cc -dumpversion)
    if [ "${version%%.*}" -ge 12 ] 2>/dev/null; then
        exec cc "$@" -fuse-ld=mold
    fi
fi
exec cc "$@"

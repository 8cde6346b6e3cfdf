#!/bin/sh
# Links with mold if it is installed, which is faster for debug builds; otherwise as rustc requests. HVEN_LINKER=cc turns mold
# off. GCC knows the name "mold" since version 12. The last of two -fuse-ld options counts, so this one comes last. A release
# packs its relocations (crates/hven/build.rs). Programs with packed relocations from mold 1.10 (Debian 12) do not start, so
# releases use Rust's default linker.
case " $* " in *" -Wl,-z,pack-relative-relocs "*) exec cc "$@" ;; esac
if [ "${HVEN_LINKER:-mold}" = mold ] && command -v mold >/dev/null 2>&1; then
    version=$(cc -dumpversion)
    if [ "${version%%.*}" -ge 12 ] 2>/dev/null; then
        exec cc "$@" -fuse-ld=mold
    fi
fi
exec cc "$@"

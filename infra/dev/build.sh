# shellcheck shell=bash
# The build, skipped when neither the sources nor what was built from them have changed.

output=bin/Debug/net10.0

need_dotnet() {
    if (cd "$root" && TERM=dumb dotnet --version >/dev/null 2>&1 </dev/null); then return; fi
    if is_root && have apt-cache && ! have dotnet && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
        step "install the .NET SDK" "$root/infra/dev/install.sh" dotnet-sdk-10.0
        return
    fi
    fail "The .NET SDK $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$root/global.json") or newer is not here." \
        "Install it from https://dotnet.microsoft.com/download (or 'apt install dotnet-sdk-10.0' where packaged)," \
        "and see that 'dotnet --version' answers."
}

need_build() { # app: what ./dev up runs. all: the tests, too
    need_dotnet
    if [ "$(cat "$state/built-$1" 2>/dev/null)" != "$(checksum_of_sources) $(checksum_of_outputs)" ]; then
        step "build" build "$1"
    fi
}

build() { # app|all
    local sources target
    sources=$(checksum_of_sources)
    case $1 in app) target=infra/dev/App.slnf ;; all) target=Functions.sln ;; esac
    # The app takes the durable provider as a package, of a version that changes with its sources.
    dotnet msbuild "$root/infra/durable/Pack.proj" -nodeReuse:false -v:quiet -p:UseSharedCompilation=false ||
        fail "infra/durable could not be packed." "The errors are above."
    # No compiler server: nothing stays behind when this ends.
    dotnet build "$root/$target" -v quiet -clp:NoSummary -nodeReuse:false -p:UseSharedCompilation=false ||
        fail "The build failed." "The compiler's errors are above."
    printf '%s %s\n' "$sources" "$(checksum_of_outputs)" | tee "$state/built-app" >"$state/built-$1"
}

checksum_of_sources() {
    (
        cd "$root"
        find . \( -name .git -o -name .local -o -name bin -o -name obj -o -name node_modules -o -name samples \) -prune \
            -o -type f ! -name '*.md' ! -name '*.sh' -print0 | LC_ALL=C sort -z | xargs -0 cksum | cksum
    )
}

checksum_of_outputs() {
    (
        cd "$root"
        find functions infra tests -path "*/$output/Assay.*.dll" -print0 | LC_ALL=C sort -z | xargs -0 cksum | cksum
    )
}

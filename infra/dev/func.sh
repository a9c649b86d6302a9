# shellcheck shell=bash
# The app under the real Functions host, Azure Functions Core Tools, with the same Postgres and storage.

verb_func() {
    have func || fail "Azure Functions Core Tools (the command 'func', version 4) are not here." \
        "npm install --global azure-functions-core-tools@4" \
        "or see https://learn.microsoft.com/azure/azure-functions/functions-run-local"
    local folder=$root/functions/bin/azure/Debug/net10.0 status=0
    exclusively prepare_app
    step "build for Azure Functions" build_for_azure
    [ -e "$folder/local.settings.json" ] || cp "$root/local.settings.sample.json" "$folder/local.settings.json"
    # What ./dev found is in the environment, which wins over local.settings.json.
    (cd "$folder" && func start --no-build --port "$(free_port "${ASSAY_PORT:-7071}")" "$@") || status=$?
    exit $status
}

build_for_azure() {
    dotnet build "$root/functions" -p:FunctionsHost=azure -v quiet -clp:NoSummary -nodeReuse:false \
        -p:UseSharedCompilation=false ||
        fail "The build against the real Functions packages failed." \
            "If packages could not be restored, see that NuGet reaches a registry that has Microsoft.Azure.Functions.*"
}

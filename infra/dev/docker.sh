# shellcheck shell=bash
# Postgres and Azurite in containers, where a Docker engine answers.

docker_project=assay-$(printf '%s' "$root" | cksum | cut -d' ' -f1)

# The client alone is not enough: the engine must answer, and soon.
docker_answers() {
    local limit=
    have docker || return 1
    ! have timeout || limit="timeout 10"
    $limit docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
}

# Behind an engine that answers there may be no way to a registry; then PostgreSQL of this machine is next.
docker_has_images() {
    local image
    for image in $(sed -n 's/^ *image: *//p' "$root/azurite-compose.yml"); do
        docker image inspect "$image" >/dev/null 2>&1 && continue
        try_step "fetch the image $image" docker pull --quiet "$image"
        [ "$step_status" -eq 0 ] || return 1
    done
}

need_docker_services() {
    if [ -z "${POSTGRES_PORT-}" ] || ! compose ps --status running --services 2>/dev/null | grep -q postgres; then
        started+=(docker)
        step "start PostgreSQL and Azurite in Docker" start_docker_services
    fi
    docker_services=up
    remember ASSAY_POSTGRES docker
    export ASSAY_ROLE_PASSWORD=assay
    # pg_dump and pg_restore of the server's own version.
    export ASSAY_POSTGRES_TOOLS=$root/infra/dev/in-container.sh
    remember ASSAY_DATABASE "Host=127.0.0.1;Port=$POSTGRES_PORT;Username=postgres;Password=assay;Database=assay"
    export_storage
}

start_docker_services() {
    remember POSTGRES_PORT "$(free_port "${POSTGRES_PORT:-15432}")"
    remember AZURITE_BLOB_PORT "$(free_port "${AZURITE_BLOB_PORT:-10000}")"
    remember AZURITE_QUEUE_PORT "$(free_port $((AZURITE_BLOB_PORT + 1)))"
    remember AZURITE_TABLE_PORT "$(free_port $((AZURITE_QUEUE_PORT + 1)))"
    compose up --detach --wait ||
        fail "Docker could not start the two services." \
            "docker compose --project-name $docker_project logs says why;" \
            "ASSAY_POSTGRES=local takes PostgreSQL of this machine instead."
}

compose() { docker compose --project-name "$docker_project" --file "$root/azurite-compose.yml" "$@"; }

stop_docker_services() { compose stop >/dev/null 2>&1; }

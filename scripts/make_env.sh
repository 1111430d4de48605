#!/usr/bin/env bash
# Makes the environment that scripts/env.sh enters: a virtual environment with the ROS wheels, and the built package.
# Resumable: a step is repeated only when what it depends on has changed.
#   make_env.sh station|studio|view|test
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
purpose=${1:-station}
env=$root/.env
# A shell that has entered the environment already must find the machine's python, not ours.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$env/bin" | paste -sd:)
unset VIRTUAL_ENV
# Asked for by: wheels, build folders and pip's unpacking; learning packages take the rest.
declare -A needed_mb=([station]=1500 [studio]=2500 [view]=2200 [test]=7100)
[ -n "${needed_mb[$purpose]:-}" ] || { echo "make_env.sh: unknown purpose '$purpose'; say station, studio, view or test" >&2; exit 2; }

main() {
    check_machine
    step venv "python environment" "$(python3 --version) $(command -v python3)" make_venv
    step ros "ROS 2 wheels" "$(cat requirements/ros.txt requirements/constraints.txt)" install_ros
    step station "station packages" "$(cat requirements/station.txt requirements/constraints.txt)" install_requirements station
    [ "$purpose" = station ] || [ "$purpose" = view ] ||
        step studio "studio packages" "$(cat requirements/studio.txt requirements/constraints.txt)" install_requirements studio
    [ "$purpose" != view ] ||
        step view "view packages" "$(cat requirements/view.txt requirements/constraints.txt)" install_requirements view
    [ "$purpose" != test ] ||
        step test "test packages" "$(cat requirements/{test,learning,view,ray,fhir,constraints}.txt)" install_requirements test
    step build "messages and nodes" "$(build_inputs)" build_package
}

# step NAME TEXT INPUTS COMMAND...: run COMMAND unless it already ran with these INPUTS.
step() {
    local name=$1 text=$2 stamp=$env/stamps/$1 key
    key=$(printf '%s' "$3 $root" | sha256sum)
    shift 3
    [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
    printf 'poseformer: %-22s ' "$text ..." >&2
    local start=$SECONDS log=$env.log
    if ! "$@" >"$log" 2>&1; then
        printf 'failed\n' >&2
        tail -n 30 "$log" >&2
        echo "The whole log: $log. Run the same command again to go on from here." >&2
        exit 1
    fi
    mkdir -p "$env/stamps"
    printf '%s' "$key" >"$stamp"
    printf 'done in %d s\n' $((SECONDS - start)) >&2
}

check_machine() {
    local apt=()
    command -v python3 >/dev/null || apt+=(python3)
    if [ ${#apt[@]} = 0 ]; then
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
            fail "$(python3 --version) is too old: Python 3.10 or newer is needed; install it and put it first in PATH"
        python3 -c 'import ensurepip, venv' 2>/dev/null || apt+=(python3-venv)
        python3 -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
            apt+=(python3-dev)
    fi
    command -v g++ >/dev/null || apt+=(g++)
    command -v make >/dev/null || apt+=(make)
    if [ ${#apt[@]} != 0 ]; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "poseformer: installing ${apt[*]} with apt-get" >&2
            apt-get update -qq >&2 && apt-get install -y -qq "${apt[@]}" >&2
        else
            fail "missing ${apt[*]}: run 'sudo apt-get install ${apt[*]}'"
        fi
    fi
    local free_mb
    free_mb=$(df -Pm "$root" | awk 'NR == 2 {print $4}')
    [ -d "$env/stamps" ] || [ "$free_mb" -ge "${needed_mb[$purpose]}" ] ||
        fail "$free_mb MB are free in $root, ${needed_mb[$purpose]} are needed: make room, or clone to a larger disk"
}

fail() {
    echo "poseformer: $1" >&2
    exit 1
}

make_venv() {
    rm -rf "$env"
    python3 -m venv "$env"
    touch "$env/ours" "$env/COLCON_IGNORE"
}

install_ros() {
    install_requirements ros
    # The wheels' CMake exports name the include folders of the machine that built them.
    local include numpy_include
    include=$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    numpy_include=$("$env/bin/python" -c 'import numpy; print(numpy.get_include())')
    grep -rlE '/opt/(_internal|python)/' "$env/share" --include='*.cmake' | xargs -r sed -i -E \
        -e "s#/opt/(_internal|python)/[^;\"]*/numpy/_?core/include#$numpy_include#g" \
        -e "s#/opt/(_internal|python)/[^;\"]*/include/python3\.[0-9]+#$include#g"
    "$env/bin/python" -c 'from ros_wheels_bootstrapper import get_ros_paths; print(get_ros_paths())' >"$env/ros_library_path"
}

install_requirements() {
    "$env/bin/python" -m pip install --disable-pip-version-check --progress-bar off \
        -c requirements/constraints.txt -r "requirements/$1.txt"
}

# With linked Python files only names matter: an edited module needs no build.
build_inputs() {
    find msg overlay scripts/nodes scripts/poseformer package.xml CMakeLists.txt -type f -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum
    find src launch config -type f -not -name '*.pyc' | sort
    cat "$env/stamps/ros"
}

build_package() {
    # A removed file would stay behind in the install folder.
    rm -rf install/poseformer_ros
    env PATH="$env/bin:$PATH" LD_LIBRARY_PATH="$(cat "$env/ros_library_path")" _ROS_WHEELS_BOOTSTRAP_COMPLETE=1 \
        AMENT_PREFIX_PATH="$env" CMAKE_PREFIX_PATH="$env" \
        "$env/bin/colcon" build --base-paths . overlay --symlink-install --event-handlers console_direct+ \
        --cmake-args -DPython3_EXECUTABLE="$env/bin/python" -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release
}

main

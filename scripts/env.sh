# Source me: gives this shell `poseformer`, `colcon` and `python`, making the environment the first time.
#   . scripts/env.sh            what a station needs
#   . scripts/env.sh studio     also what rendering needs
#   . scripts/env.sh view       also what `poseformer view` needs
#   . scripts/env.sh test       also what `make test` needs
# Everything is kept in .env, build, install and log beside this folder; remove them to start afresh.

_poseformer_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)

if [ -n "${ROS_DISTRO:-}" ] && [ ! -e "$_poseformer_root/.env/ours" ]; then
    echo "ROS 2 $ROS_DISTRO is sourced in this shell: build with 'colcon build' in your workspace (README, 'On a ROS 2 machine')," >&2
    echo "or open a shell without it to use the environment of Python wheels." >&2
    return 1 2>/dev/null || exit 1
fi

if bash "$_poseformer_root/scripts/make_env.sh" "${1:-station}"; then
    export PATH="$_poseformer_root/.env/bin:$PATH"
    export VIRTUAL_ENV="$_poseformer_root/.env"
    # The wheels' libraries; their start-up hook would otherwise start Python twice to set this.
    export LD_LIBRARY_PATH="$(cat "$_poseformer_root/.env/ros_library_path")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
    export AMENT_PREFIX_PATH="$_poseformer_root/.env"
    export CMAKE_PREFIX_PATH="$_poseformer_root/.env"
    . "$_poseformer_root/install/local_setup.sh"
    unset _poseformer_root
else
    unset _poseformer_root
    return 1 2>/dev/null || exit 1
fi

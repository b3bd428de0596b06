#!/bin/sh
# The file stressors of stress-ng, each for a moment and with its own checks.
set -eu
seconds=${WORKLOAD_STRESS_SECONDS:-1}
stressors=${WORKLOAD_STRESSORS:-access chmod chown copy-file dentry dir dirdeep dirmany fallocate fcntl filename flock fpunch fstat \
    getdent hdd iomix inotify lease link locka lockf lockofd metamix mknod mmapfiles open readahead rename revio seek sendfile \
    symlink sync-file touch truncate unlink utime xattr}
known=$(stress-ng --stressors)
mkdir stress
for stressor in $stressors; do
    case " $known " in *" $stressor "*) ;; *) continue ;; esac
    stress-ng --"$stressor" 2 --timeout "$seconds" --verify --temp-path "$PWD/stress" --hdd-bytes 8m --iomix-bytes 8m \
        --seek-size 8m --readahead-bytes 8m --fallocate-bytes 8m --revio-bytes 8m --sync-file-bytes 8m \
        --dentries 256 --dirdeep-inodes 200 --dirdeep-dirs 2 --dirmany-bytes 0 >"$SCRATCH/stress" 2>&1 || {
        echo "$stressor:"
        cat "$SCRATCH/stress"
        failed="${failed:-} $stressor"
    }
    [ -z "$(ls -A stress)" ] || { echo "$stressor left:"; ls -lA stress | head; rm -rf stress/*; failed="${failed:-} $stressor"; }
done
rmdir stress
[ -z "${failed:-}" ] || { echo "failed:$failed"; exit 1; }

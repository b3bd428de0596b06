#!/bin/bash
# bench/images.sh NAME…   makes OCI images of Debian packages, and prints the layout that holds them all, each under its name:
#   busybox  one static program
#   special  Debian's smallest root; above it a layer with everything that a file can be, and one that takes parts of that away
#   python   that and Python
#   web      that, nginx and redis, without documentation (which is deleted from the layers below)
#   tools    that, gcc and a JDK
# They stay in $CAISSON_IMAGES (default: /var/cache/caisson-images) for the next run. DEBIAN_ROOT may name a root of debootstrap's to begin
# with, for which nothing is downloaded. Needs root, debootstrap, umoci, tar, setfacl, setcap, setfattr and a network.
set -euo pipefail

cache=${CAISSON_IMAGES:-/var/cache/caisson-images}
layout=$cache/layout
release=bookworm
names=(busybox special python web tools)

say() { echo "bench/images.sh: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

# What a step prints is told only if it fails.
quietly() {
    if ! "$@" >"$cache/log" 2>&1; then
        tail -n 20 "$cache/log" >&2
        fail "failed: $*"
    fi
}

has() { umoci ls --layout "$layout" 2>/dev/null | grep -qx "$1"; }

configure() {
    quietly umoci config --image "$layout:$1" --config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --config.cmd "${2:-/bin/bash}"
}

make_busybox() {
    local root=$work/busybox
    mkdir -p "$root"/{bin,etc,tmp,proc,sys,dev}
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    local applet
    for applet in $("$root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
    tar -C "$root" -cf "$work/busybox.tar" .
    quietly umoci new --image "$layout:busybox-new"
    quietly umoci raw add-layer --image "$layout:busybox-new" "$work/busybox.tar"
    configure busybox-new /bin/sh
}

# What names, kinds, owners, modes, times, attributes and data files can have.
special_layer() {
    local top=$1/special
    mkdir -p "$top"/{sizes,links,modes,names,attributes,devices,symlinks,times,many,opaque/below,replaced,gone/deep}
    local size
    for size in 0 1 100 3000 4095 4096 4097 8192 1048577; do
        head -c "$size" /dev/urandom >"$top/sizes/$size"
    done
    truncate -s 64M "$top/sizes/hole"
    printf end | dd of="$top/sizes/hole" bs=1 seek=40000000 conv=notrunc status=none
    truncate -s 1M "$top/sizes/all-hole"
    echo linked >"$top/links/one"
    ln "$top/links/one" "$top/links/two"
    ln "$top/links/one" "$top/names/three"
    ln -s target "$top/links/symbolic"
    ln "$top/links/symbolic" "$top/links/symbolic-too"
    cp /bin/true "$top/modes/set-user" && chmod 4755 "$top/modes/set-user"
    cp /bin/true "$top/modes/set-group" && chown 12:34 "$top/modes/set-group" && chmod 2751 "$top/modes/set-group"
    cp /bin/true "$top/modes/capable" && setcap cap_net_raw,cap_sys_admin+ep "$top/modes/capable"
    mkdir -m 1777 "$top/modes/sticky" && mkdir -m 2775 "$top/modes/group" && mkdir -m 0 "$top/modes/closed"
    : >"$top/modes/none" && chmod 0 "$top/modes/none"
    : >"$top/modes/far" && chown 3000000000:4000000000 "$top/modes/far"
    chown -h 1000:1000 "$top/links/symbolic"
    : >"$top/names/$(printf 'x%.0s' {1..255})"
    : >"$top/names/"$'\xff\xfe not UTF-8'
    : >"$top/names/"$'new\nline'
    : >"$top/names/ leading space"
    : >"$top/names/back\\slash *?"
    : >"$top/names/ümläut-日本"
    local deep
    deep=$top/names/$(printf 'deep-directory/%.0s' {1..30})
    mkdir -p "$deep" && echo deep >"$deep/file"
    echo x >"$top/attributes/user" && setfattr -n user.short -v y "$top/attributes/user"
    setfattr -n user.binary -v 0x00ff0a80 "$top/attributes/user"
    : >"$top/attributes/long" && setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" "$top/attributes/long"
    setfattr -n user.of-directory -v yes "$top/attributes"
    ln -s user "$top/attributes/link" && setfattr -h -n trusted.of-link -v yes "$top/attributes/link"
    : >"$top/attributes/listed" && setfacl -m u:1234:rw,g:99:r "$top/attributes/listed"
    mkdir "$top/attributes/inherited" && setfacl -m u:1234:rwx -d -m g:99:rx "$top/attributes/inherited"
    mknod -m 640 "$top/devices/null" c 1 3
    mknod -m 600 "$top/devices/far" b 259 70000
    mkfifo -m 622 "$top/devices/pipe"
    ln -s /etc/passwd "$top/symlinks/absolute"
    ln -s ../sizes/1 "$top/symlinks/relative"
    ln -s nowhere "$top/symlinks/dangling"
    ln -s "$(printf 'far/%.0s' {1..900})away" "$top/symlinks/long"
    echo 1 >"$top/times/old" && touch -d '1999-12-31 23:59:59.999999999 UTC' "$top/times/old"
    echo 1 >"$top/times/before" && touch -d '1965-05-05 05:05:05 UTC' "$top/times/before"
    echo 1 >"$top/times/future" && touch -d '2199-01-01 00:00:00.000000001 UTC' "$top/times/future"
    (cd "$top/many" && seq -f 'file-%05.0f' 1 3000 | xargs touch)
    echo below >"$top/opaque/below/file" && echo old >"$top/opaque/old"
    echo file >"$top/replaced/by-directory" && mkdir "$top/replaced/by-file" && echo x >"$top/replaced/by-file/inside"
    echo long before >"$top/replaced/by-file-too"
    ln -s by-file-too "$top/replaced/link-by-file"
    echo x >"$top/gone/deep/file" && echo x >"$top/gone-file" && echo kept >"$top/kept"
}

# Takes away, replaces and hides.
deleting_layer() {
    local top=$1/special
    mkdir -p "$top"/{opaque/new,replaced/by-directory,links,modes,attributes}
    : >"$top/.wh.gone"
    : >"$top/.wh.gone-file"
    : >"$top/links/.wh.two"
    : >"$top/opaque/.wh..wh..opq"
    echo new >"$top/opaque/new/file"
    echo inside >"$top/replaced/by-directory/inside"
    echo 'a file' >"$top/replaced/by-file"
    echo after >"$top/replaced/by-file-too"
    echo 'a file, too' >"$top/replaced/link-by-file"
    echo changed >"$top/modes/none" && chmod 400 "$top/modes/none"
    mkdir -m 0700 "$top/modes/sticky"
    setfattr -n user.of-directory -v changed "$top/attributes"
}

add_layer() { # IMAGE DIRECTORY
    tar -C "$2" --format=posix --xattrs --xattrs-include='*' --sparse --sort=name --numeric-owner -cf "$2.tar" .
    quietly umoci raw add-layer --image "$layout:$1" "$2.tar"
}

make_special() {
    local root=${DEBIAN_ROOT:-}
    if [ -z "$root" ]; then
        root=$work/debian
        quietly debootstrap --variant=minbase "$release" "$root"
        rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
        mkdir -p "$root/var/cache/apt/archives/partial"
    fi
    tar -C "$root" --format=posix --xattrs --xattrs-include='*' --numeric-owner --exclude=./.complete -cf "$work/debian.tar" .
    quietly umoci new --image "$layout:special-new"
    quietly umoci raw add-layer --image "$layout:special-new" "$work/debian.tar"
    special_layer "$work/special"
    add_layer special-new "$work/special"
    deleting_layer "$work/deleting"
    add_layer special-new "$work/deleting"
    configure special-new
}

# grow FROM NAME SCRIPT   another layer: what a script, run in the root of an image, changes there
grow() {
    local bundle=$work/$2
    quietly umoci unpack --image "$layout:$1" "$bundle"
    mkdir -p "$cache/archives/partial" "$cache/lists/partial"
    # What is mounted is so for the script alone, and packages and their lists do not get into the layer.
    quietly unshare -m sh -c '
        set -e
        root=$1
        mount --bind "$2/archives" "$root/var/cache/apt/archives"
        mount --bind "$2/lists" "$root/var/lib/apt/lists"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || cp /etc/resolv.conf "$root/etc/resolv.conf"
        printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
        chmod 755 "$root/usr/sbin/policy-rc.d"
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C \
            chroot "$root" sh -ec "apt-get -qq update; $3"
        rm -f "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/*.bin
    ' sh "$bundle/rootfs" "$cache" "$3"
    quietly umoci repack --image "$layout:$2-new" "$bundle"
    configure "$2-new"
    rm -rf "$bundle"
}

install='apt-get -qq install -y --no-install-recommends'

make_python() { grow special python "$install python3"; }
make_web() { grow python web "$install nginx-light redis-server; rm -rf /usr/share/doc/* /usr/share/man/*"; }
make_tools() { grow web tools "$install gcc libc6-dev openjdk-17-jdk-headless"; }

below() {
    case $1 in
        python) echo special ;;
        web) echo python ;;
        tools) echo web ;;
    esac
}

provide() {
    has "$1" && return
    local lower
    lower=$(below "$1")
    [ -z "$lower" ] || provide "$lower"
    say "making the image $1"
    work=$(mktemp -d "$cache/work-XXXXXX")
    "make_$1"
    quietly umoci tag --image "$layout:$1-new" "$1"
    quietly umoci rm --image "$layout:$1-new"
    rm -rf "$work"
    work=
}

[ $# -gt 0 ] || fail "which image? ${names[*]}"
for name; do
    [[ " ${names[*]} " = *" $name "* ]] || fail "no image $name: there are ${names[*]}"
done
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$cache"/work-*
[ -e "$layout/oci-layout" ] || quietly umoci init --layout "$layout"
for name; do
    provide "$name"
done
echo "$layout"

package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.caisson.image.oci.Digest;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images of Debian packages, made by {@code bench/images.sh}: what we show of them is what {@code umoci unpack} makes of them, and the
 * programs in them run. Those with everything that files can be are looked at by default, all with {@code -Dcaisson.images=all}.
 */
@Timeout(1800)
class RealImagesTest {
    private static final boolean ALL = System.getProperty("caisson.images", "").equals("all");

    /** Of those each layer tells of all directories that its files are in. One that does not is only right merged with those below it. */
    private static final List<String> WHOLE = List.of("busybox", "special");

    private static final Path LISTING = Caisson.HOME.resolve("system-tests/src/test/images/listing.py");

    /** Mounts layers by the kernel, the lowest given first, in a mount namespace of its own, and lists what they are together. */
    private static final String LIST_MOUNTED = """
            set -e
            mount -t tmpfs tmpfs "$1"
            mkdir "$1/merged"
            top=$1 listing=$2 lower= number=0
            shift 2
            for layer; do
                number=$((number + 1))
                mkdir "$top/$number"
                mount -t erofs -o loop,ro "$layer" "$top/$number"
                lower=$top/$number${lower:+:$lower}
            done
            if [ $number -gt 1 ]; then
                mount -t overlay -o "ro,lowerdir=$lower" overlay "$top/merged"
            else
                mount --bind "$top/1" "$top/merged"
            fi
            exec python3 "$listing" "$top/merged"
            """;

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private Path store = scratch;
    private Path layout = scratch;

    static Stream<String> images() {
        return ALL ? Stream.of("busybox", "special", "python", "web", "tools") : Stream.of("busybox", "special");
    }

    @BeforeEach
    void makeImages() throws Exception {
        caisson = new Caisson(scratch);
        store = scratch.resolve("store");
        var command =
                new ArrayList<>(List.of(Caisson.HOME.resolve("bench/images.sh").toString()));
        images().forEach(command::add);
        var environment = ALL
                ? Map.<String, String>of()
                : Map.of(
                        "CAISSON_IMAGES",
                                Caisson.HOME
                                        .resolve("system-tests/target/images")
                                        .toString(),
                        "DEBIAN_ROOT", DebianRoot.plain(scratch).pristine().toString());
        var made = Caisson.finish(Caisson.Running.start(command, environment, scratch), 1500);
        layout = Path.of(made.output().strip());
    }

    private Caisson.Result image(String verb, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.addAll(List.of(Caisson.HOME.resolve("caisson").toString(), "image", verb));
        command.addAll(List.of("--store", store.toString()));
        command.addAll(List.of(arguments));
        return finish(command.toArray(String[]::new));
    }

    private Caisson.Result finish(String... command) throws Exception {
        return Caisson.finish(Caisson.Running.start(Arrays.asList(command), Map.of(), scratch), 600);
    }

    @ParameterizedTest
    @MethodSource("images")
    void layersShowWhatUnpackingThemGives(String name) throws Exception {
        image("import", "--select", name, layout.toString(), "real/" + name).output();
        var bundle = scratch.resolve("bundle").toString();
        finish("umoci", "unpack", "--image", layout + ":" + name, bundle).output();
        var unpacked = finish("python3", LISTING.toString(), bundle + "/rootfs").output();
        finish("rm", "-rf", bundle).output();

        for (var kernel : List.of("host", "fuse")) {
            assertSame(mounted(kernel, name), unpacked);
        }
        if (WHOLE.contains(name)) {
            layersByThemselvesShow(layers(name), unpacked);
        }
        runs(name);
        exports(name);
    }

    /** What is seen of an image that is mounted. */
    private String mounted(String kernel, String name) throws Exception {
        var top = Files.createDirectory(scratch.resolve("mounted-" + kernel)).toString();
        image("mount", "--kernel", kernel, "real/" + name, top).output();
        try {
            return finish("python3", LISTING.toString(), top).output();
        } finally {
            finish(Caisson.HOME.resolve("caisson").toString(), "image", "umount", top)
                    .output();
        }
    }

    /** The layers, one over the other, by the kernel's overlayfs and by ours. */
    private void layersByThemselvesShow(List<Path> layers, String unpacked) throws Exception {
        var command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", LIST_MOUNTED, "sh"));
        command.add(Files.createDirectory(scratch.resolve("top")).toString());
        command.add(LISTING.toString());
        layers.forEach(layer -> command.add(layer.toString()));
        assertSame(finish(command.toArray(String[]::new)).output(), unpacked);

        try (var listing = new ImageListing(layers.reversed())) {
            assertSame(String.join("\n", listing.lines()) + "\n", unpacked);
        }
    }

    /** The files of an image's layers, the lowest first. */
    private List<Path> layers(String name) throws Exception {
        var opened = ImageStore.open(store, new ErofsLayer());
        return opened.find("real/" + name).config().diffIds().stream()
                .map((Digest id) -> opened.layer(id))
                .toList();
    }

    /** There are many thousand lines: only those that differ are of interest. */
    private static void assertSame(String shown, String unpacked) {
        var more = new ArrayList<>(shown.lines().toList());
        var fewer = new ArrayList<>(unpacked.lines().toList());
        assertThat(fewer).hasSizeGreaterThan(10);
        var both = new java.util.HashSet<>(fewer);
        both.retainAll(more);
        more.removeAll(both);
        fewer.removeAll(both);
        assertThat(String.join("\n", more)).isEqualTo(String.join("\n", fewer));
    }

    private String run(String name, String script) throws Exception {
        return caisson.run("run", "--store", store.toString(), "real/" + name, "sh", "-ec", script)
                .output();
    }

    private void runs(String name) throws Exception {
        switch (name) {
            case "busybox" -> assertThat(run(name, "busybox uname; ls /bin/sh")).isEqualTo("Linux\n/bin/sh\n");
            case "special" ->
                assertThat(
                                run(
                                        name,
                                        "dpkg --audit; apt-get --version | head -n 1 | cut -c 1-3; cd /special; cat kept links/one;"
                                                + " cmp links/one names/three; ls opaque replaced/by-directory gone 2>&1 | cat"))
                        .isEqualTo("""
                                apt
                                kept
                                linked
                                ls: cannot access 'gone': No such file or directory
                                opaque:
                                new

                                replaced/by-directory:
                                inside
                                """);
            case "python" ->
                assertThat(run(name, "python3 -c 'import json, hashlib; print(json.dumps([6 * 7]))'"))
                        .isEqualTo("[42]\n");
            case "web" -> assertThat(run(name, """
                                nginx
                                python3 -c 'import urllib.request as r; print("nginx" in r.urlopen("http://127.0.0.1/").read().decode())'
                                redis-server --daemonize yes >/dev/null
                                until redis-cli ping >/dev/null 2>&1; do :; done
                                redis-cli set key value; redis-cli get key
                                """)).isEqualTo("True\nOK\nvalue\n");
            default -> assertThat(run(name, """
                                cd /tmp
                                printf '#include <stdio.h>\\nint main(void) { puts("from C"); }\\n' > c.c
                                gcc -o c c.c
                                ./c
                                echo 'class J { public static void main(String[] a) { System.out.println("from Java"); } }' > J.java
                                java J.java
                                """)).isEqualTo("from C\nfrom Java\n");
        }
    }

    /** What comes out is read by others, with the same digests. */
    private void exports(String name) throws Exception {
        var exported = scratch.resolve("exported").toString();
        image("export", "real/" + name, exported).output();
        var diffIds = "{{range .RootFS.DiffIDs}}{{.}} {{end}}";
        assertThat(layers(name)).isNotEmpty();
        var ids = finish("skopeo", "inspect", "--config", "--format", diffIds, "oci:" + exported + ":" + tag(exported));
        assertThat(ids.output())
                .isEqualTo(finish("skopeo", "inspect", "--config", "--format", diffIds, "oci:" + layout + ":" + name)
                        .output());
        finish("skopeo", "copy", "oci:" + exported + ":" + tag(exported), "dir:" + scratch.resolve("copied"))
                .output();
    }

    private String tag(String exported) throws Exception {
        return finish("sh", "-c", "umoci ls --layout \"$1\"", "sh", exported)
                .output()
                .strip();
    }
}

package org.caisson.systemtests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A small image in a store of the test's own, imported from an archive of busybox and a few files. */
record MadeImage(Caisson caisson, Path scratch, Path store) {
    static final String NAME = "made/small:v1";

    private static final String MAKE = """
        set -e
        mkdir -p root/bin root/etc root/data/deep root/tmp root/gone/inner
        cp /bin/busybox root/bin/busybox
        for applet in sh id ls cat mount sleep rm mkdir ln mv echo touch stat tar chown chmod; do ln -s busybox root/bin/$applet; done
        printf 'root:x:0:0::/root:/bin/sh\\nworker:x:1001:1002::/home/worker:/bin/sh\\n' > root/etc/passwd
        printf 'root:x:0:\\ncrew:x:1002:worker\\n' > root/etc/group
        echo kept > root/data/kept; echo old > root/data/old; echo inside > root/gone/inner/file; chmod 1777 root/tmp
        chown 1001:1002 root/data/kept
        tar -C root -cf root.tar .
        """;

    /** Makes it. */
    static MadeImage in(Path scratch, Caisson caisson) throws Exception {
        var image = new MadeImage(caisson, scratch, scratch.resolve("store"));
        Caisson.host(scratch, "sh", "-c", MAKE).output();
        image.image("import", "root.tar", NAME).output();
        return image;
    }

    /** Runs {@code caisson image VERB} on the store. */
    Caisson.Result image(String verb, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.addAll(List.of(Caisson.HOME.resolve("caisson").toString(), "image", verb));
        command.addAll(List.of("--store", store.toString()));
        command.addAll(List.of(arguments));
        return Caisson.host(scratch, command.toArray(String[]::new));
    }

    /** Runs an image of the store. */
    Caisson.Result run(String image, List<String> options, String... command) throws Exception {
        var arguments = new ArrayList<String>(List.of("run", "--store", store.toString()));
        arguments.addAll(options);
        arguments.add(image);
        arguments.addAll(List.of(command));
        return caisson.run(arguments);
    }

    /** Starts a container that does nothing, and has a script carried out in it. */
    void start(String name, String script) throws Exception {
        run(NAME, List.of("-d", "--name", name), "sleep", "1000").output();
        in(name, script);
    }

    /** What a script prints in a container. */
    String in(String name, String script) throws Exception {
        return caisson.run("exec", name, "sh", "-c", script).output();
    }
}

package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.caisson.image.oci.Digest;

/** Archives as {@code docker save} writes them, of layers that a shell script makes. */
public final class LayeredArchive {
    private LayeredArchive() {}

    /** Runs a script that makes directories 0, 1 and so on, and packs each as it is into a layer; above are further archives that it makes. */
    public static Path make(Path in, String script, int layers, String... further)
            throws IOException, InterruptedException {
        Host.run(in, "sh", "-ec", script);
        List<String> names = new ArrayList<>();
        List<String> digests = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            String name = layer + ".tar";
            Host.run(
                    in,
                    "tar",
                    "--xattrs",
                    "--xattrs-include=*",
                    "--sparse",
                    "--format=posix",
                    "--pax-option=delete=atime,delete=ctime",
                    "-cf",
                    name,
                    "-C",
                    String.valueOf(layer),
                    ".");
            names.add(name);
        }
        names.addAll(List.of(further));
        for (String name : names) {
            digests.add("\"" + Digest.of(Files.readAllBytes(in.resolve(name))) + "\"");
        }
        Files.writeString(in.resolve("config.json"), """
                {"os": "linux", "architecture": "amd64", "config": {"Cmd": ["sh"]},
                 "rootfs": {"type": "layers", "diff_ids": [%s]}}""".formatted(String.join(",", digests)));
        Files.writeString(in.resolve("manifest.json"), """
                [{"Config": "config.json", "RepoTags": ["layers:latest"], "Layers": [%s]}]""".formatted(
                        names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(","))));
        List<String> pack = new ArrayList<>(List.of("tar", "-cf", "archive.tar", "config.json", "manifest.json"));
        pack.addAll(names);
        Host.run(in, pack.toArray(String[]::new));
        return in.resolve("archive.tar");
    }
}

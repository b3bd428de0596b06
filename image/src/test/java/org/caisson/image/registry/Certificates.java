package org.caisson.image.registry;

import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.store.Host;

/** A private authority, and a certificate that it gave a server, made by openssl. */
record Certificates(Path authority, Path certificate, Path key) {
    static Certificates make(Path in, String names) throws Exception {
        Path place = Files.createTempDirectory(in, "certificates");
        Path extensions = Files.writeString(place.resolve("extensions"), "subjectAltName=" + names + "\n");
        run(place, "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt");
        run(place, "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr");
        run(
                place,
                "x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -extfile "
                        + extensions);
        return new Certificates(place.resolve("ca.crt"), place.resolve("server.crt"), place.resolve("server.key"));
    }

    private static void run(Path place, String command) throws Exception {
        Host.run(place, ("openssl " + command).split(" ", -1));
    }
}

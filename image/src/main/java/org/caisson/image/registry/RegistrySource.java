package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Choice;
import org.caisson.image.source.ImageSource;
import org.caisson.image.source.RangeSource;

/** An image in a registry. */
record RegistrySource(Registry registry, Reference reference) implements ImageSource, RangeSource {
    @Override
    public String place() {
        return reference.familiar();
    }

    @Override
    public Chosen choose(Platform platform) throws IOException {
        Registry.Document first = registry.document(reference.tagOrDigest(), null);
        Choice.Documents documents = descriptor -> descriptor.equals(first.descriptor)
                ? first.content
                : registry.document(descriptor.digest().toString(), descriptor).content;
        return Choice.choose(first.descriptor, documents, platform, place(), reference.toString());
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        return registry.blob(blob, 0);
    }

    @Override
    public InputStream open(Descriptor blob, long from) throws IOException {
        return registry.blob(blob, from);
    }

    @Override
    public byte[] range(Descriptor blob, long start, int length) throws IOException {
        return registry.range(blob, start, length);
    }
}

/**
 * The store of images on this host: a directory whose files are named by their content.
 *
 * <pre>
 * images-of-caisson          the mark: this directory is a store, of this version
 * blobs/ALGORITHM/HEX        manifests, configurations and layers as they came
 * diffs/ALGORITHM/HEX        of a layer's blob: the digest of its plain tar archive, once that was seen
 * layers/FORMAT/ALGORITHM/HEX         a layer as it is used, by the digest of its plain tar archive
 * layers/FORMAT/ALGORITHM/HEX.files   the digests of its files, see {@link org.caisson.image.erofs.SideFile}
 * merged/FORMAT/sha256/HEX    the layers of an image as one tree, by the digest of their list; its data stays in the layers
 * lazy/HEX                   a layer of which only parts came; HEX is of its blob and its table of contents
 * prefetch/HEX               what of it was read first, for when it comes again
 * references/HEX             a name and the manifest that it stands for; HEX is of the name
 * work/ID                    what a live process is about to add, and the names of what it uses
 * locks/ALGORITHM-HEX        who is fetching this blob
 * lock                       held shared for each step that adds, alone while what nobody uses is removed
 * </pre>
 *
 * <p>A file gets its name only when its digest was computed and it is on the disk (fsync, rename, fsync of the directory), so that a file
 * with a name is whole whenever a process dies. What a dead process left lies in its own directory beneath {@code work}, whose lock is
 * free: the next who adds something sweeps it.
 *
 * <p>An image is in use if a reference names it or a live {@link org.caisson.image.store.Work} pinned its parts. Whoever looks whether a
 * blob is there pins it first, both under the shared lock, so that a collection between the two cannot take it away.
 *
 * <p>A converted layer depends on its own bytes alone, and so does not say to which files of lower layers its hard links lead: that is
 * looked up when it is merged, and an image whose links lead nowhere gets no name.
 *
 * <p>Nothing is kept by which a converted layer could be checked: the same blob gives the same bytes, so who wants to know converts it again.
 *
 * <p>What is merged is made before the image has its name, and again by who wants to use it if it was lost.
 *
 * <p>Lock order: locks of blobs and of what is merged (one at a time a thread) → the store's lock. All are flock(2): they exclude threads as well as processes,
 * and end with the process.
 */
@NullMarked
package org.caisson.image.store;

import org.jspecify.annotations.NullMarked;

package org.caisson.nio;

import org.junit.jupiter.api.Nested;

/** The contracts on ours, over overlays. */
class OverlayProviderTest {
    @Nested
    class ForFiles extends FilesContract {
        ForFiles() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForChannels extends ChannelContract {
        ForChannels() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForCopies extends CopyContract {
        ForCopies() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForDirectories extends DirectoryContract {
        ForDirectories() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForAttributes extends AttributeContract {
        ForAttributes() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForExtendedAttributes extends ExtendedAttributeContract {
        ForExtendedAttributes() {
            super(Ground::overlay);
        }
    }

    @Nested
    class ForWatches extends WatchContract {
        ForWatches() {
            super(Ground::overlay);
        }
    }
}

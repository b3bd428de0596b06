package org.caisson.image.lazy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.vfs.Name;

/**
 * Reads the text of a table of contents: that of eStargz and that of zstd:chunked say the same things by the same words. It is read as a
 * stream, for it may have hundreds of thousands of entries.
 */
final class TocReader {
    private static final int MOST_ENTRIES = 2_000_000;
    private static final int LONGEST_TEXT = 1 << 17;
    private static final int DEEPEST = 8;
    private static final char REPLACED = '\uFFFD';

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(32)
                    .maxStringLength(LONGEST_TEXT)
                    .build())
            .build();

    private final JsonParser parser;
    private final Visitor visitor;

    private TocReader(JsonParser parser, Visitor visitor) {
        this.parser = parser;
        this.visitor = visitor;
    }

    /** Takes entries one by one: a table of short ones takes ten times as much memory as its text when they are all kept. */
    @FunctionalInterface
    interface Visitor {
        void entry(TocEntry entry) throws IOException;
    }

    /** What was written while reading could not be. */
    private static final class VisitorException extends IOException {
        private static final long serialVersionUID = 1;

        VisitorException(IOException cause) {
            super(cause);
        }
    }

    /** Visits all entries in their order. What the visitor throws is passed on as it is. */
    static void read(byte[] text, Visitor visitor) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            new TocReader(parser, visitor).table();
        } catch (VisitorException e) {
            throw e.getCause() instanceof IOException cause ? cause : e;
        } catch (ImageFormatException e) {
            throw e;
        } catch (IOException | DateTimeException e) {
            throw new ImageFormatException("its table of contents cannot be read: " + e.getMessage(), e);
        }
    }

    private void visit(TocEntry entry) throws VisitorException {
        try {
            visitor.entry(entry);
        } catch (IOException e) {
            throw new VisitorException(e);
        }
    }

    private void table() throws IOException {
        int count = 0;
        require(parser.nextToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("version")) {
                require(value == JsonToken.VALUE_NUMBER_INT && parser.getLongValue() == 1);
            } else if (field.equals("entries")) {
                require(value == JsonToken.START_ARRAY);
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    if (count++ == MOST_ENTRIES) {
                        throw new ImageFormatException(
                                "its table of contents has more than " + MOST_ENTRIES + " entries");
                    }
                    visit(entry());
                }
                require(parser.currentToken() == JsonToken.END_ARRAY);
            } else {
                parser.skipChildren();
            }
        }
        require(parser.currentToken() == JsonToken.END_OBJECT);
    }

    private static void require(boolean condition) throws ImageFormatException {
        if (!condition) {
            throw new ImageFormatException("its table of contents is none of version 1");
        }
    }

    private TocEntry entry() throws IOException {
        TocEntry entry = new TocEntry();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field) {
                case "type" -> entry.type = text();
                case "name" -> entry.name = text();
                case "linkName" -> entry.target = text();
                case "size" -> entry.size = number();
                case "mode" -> entry.mode = number();
                case "uid" -> entry.uid = number();
                case "gid" -> entry.gid = number();
                case "modtime" -> time(entry);
                case "devMajor" -> entry.major = number();
                case "devMinor" -> entry.minor = number();
                case "xattrs" -> attributes(entry);
                case "offset" -> entry.offset = number();
                case "endOffset" -> entry.endOffset = number();
                case "innerOffset" -> entry.innerOffset = number();
                case "chunkOffset" -> entry.chunkOffset = number();
                case "chunkSize" -> entry.chunkSize = number();
                case "digest" -> entry.digest = text();
                case "chunkDigest" -> entry.chunkDigest = text();
                case "chunkType" -> entry.zeros = zeros(text());
                default -> parser.skipChildren();
            }
        }
        require(parser.currentToken() == JsonToken.END_OBJECT);
        return entry;
    }

    private static boolean zeros(String kind) throws ImageFormatException {
        require(kind.isEmpty() || kind.equals("zeros"));
        return kind.equals("zeros");
    }

    private String text() throws IOException {
        require(parser.currentToken() == JsonToken.VALUE_STRING);
        String text = parser.getText();
        if (text.indexOf(REPLACED) >= 0) {
            throw new ImageFormatException("its table of contents has lost bytes of names that are no UTF-8");
        }
        return text;
    }

    private long number() throws IOException {
        require(parser.currentToken() == JsonToken.VALUE_NUMBER_INT);
        long number = parser.getLongValue();
        require(number >= 0);
        return number;
    }

    private void time(TocEntry entry) throws IOException {
        String text = text();
        if (!text.isEmpty()) {
            Instant time = OffsetDateTime.parse(text).toInstant();
            entry.seconds = time.getEpochSecond();
            entry.nanos = time.getNano();
        }
    }

    private void attributes(TocEntry entry) throws IOException {
        require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            byte[] name = parser.currentName().getBytes(StandardCharsets.UTF_8);
            require(name.length > 0 && name.length <= Name.MAX);
            require(parser.nextToken() == JsonToken.VALUE_STRING);
            entry.attributes.put(Name.of(name, 0, name.length), parser.getBinaryValue());
        }
        require(parser.currentToken() == JsonToken.END_OBJECT);
    }
}

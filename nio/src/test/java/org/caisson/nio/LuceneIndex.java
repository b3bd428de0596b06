package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NIOFSDirectory;

/** An index of documents, made and searched by Lucene. */
final class LuceneIndex {
    private LuceneIndex() {}

    static Directory open(String kind, Path path) throws IOException {
        return kind.equals("NIOFSDirectory") ? new NIOFSDirectory(path) : new MMapDirectory(path);
    }

    static void write(Directory directory, Analyzer analyzer, int documents) throws IOException {
        try (directory;
                IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
            for (int i = 0; i < documents; i++) {
                Document document = new Document();
                document.add(new TextField("text", "some text with wordX".replace("X", letter(i)), Field.Store.YES));
                writer.addDocument(document);
                if (i % 50 == 0) {
                    writer.commit();
                }
            }
            writer.forceMerge(1);
        }
    }

    /** Letters, for the analyzer drops digits. */
    private static String letter(int number) {
        return String.valueOf((char) ('a' + number % 7));
    }

    static int count(Directory directory, String word) throws IOException {
        try (directory;
                DirectoryReader reader = DirectoryReader.open(directory)) {
            return new IndexSearcher(reader).count(new TermQuery(new Term("text", word)));
        }
    }
}

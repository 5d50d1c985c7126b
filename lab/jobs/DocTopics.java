import java.io.Serializable;
import java.util.BitSet;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * A pipeline of RDDs that holds all of a topic in memory: one topic has a quarter of the documents, and
 * they are long. Usage: DocTopics DATA UNITS OUTPUT
 */
public final class DocTopics {
  private static final int LONG = 9; // times as long as others

  public static void main(String[] args) throws Exception {
    String[] parts = new String[Integer.parseInt(args[1])];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = args[0] + "/documents/unit=" + i;
    }
    SparkSession spark = SparkSession.builder().getOrCreate();
    JavaPairRDD<Long, Document> documents = spark.read().parquet(parts).select("topic", "body").javaRDD()
        .mapToPair(r -> new Tuple2<>(r.getLong(0), new Document(r.getLong(0) == 0 ? r.getString(1).repeat(LONG) : r.getString(1))));
    Path output = new Path(args[2]);
    output.getFileSystem(spark.sparkContext().hadoopConfiguration()).delete(output, true);
    documents.groupByKey().map(t -> t._1 + "," + variety(t._2)).saveAsTextFile(args[2]);
    spark.stop();
  }

  /** How many different groups of five letters a topic has, about. */
  private static long variety(Iterable<Document> topic) {
    BitSet seen = new BitSet();
    for (Document d : topic) {
      for (int i = 0; i + 5 <= d.body.length(); i += 17) {
        seen.set(d.body.substring(i, i + 5).hashCode() & 0xffff);
      }
    }
    return seen.cardinality();
  }

  private static final class Document implements Serializable {
    private static final long serialVersionUID = 1;
    private final String body;

    Document(String body) {
      this.body = body;
    }
  }
}

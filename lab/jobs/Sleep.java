import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Jobs whose tasks do nothing but read and sleep: c0 seconds, and one for every theta bytes that the
 * task really read. Spark decides how many tasks there are, what each reads, where and when it runs.
 *
 * <p>Usage: Sleep data DIR MIB | Sleep flat DIR C0 THETA | Sleep join DIR C0 THETA
 */
public final class Sleep {
  private static final int ROW = 256; // bytes of a row's payload, which nothing compresses
  private static final int FILES = 24; // of the largest table
  private static final String[] TABLES = {"big", "half", "quarter"};

  public static void main(String[] args) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    String dir = args[1];
    double first = Double.parseDouble(args[2]);
    switch (args[0]) {
      case "data":
        data(spark, dir, (long) (first * (1 << 20) / ROW));
        break;
      case "flat":
        flat(spark, dir, new Task(first, Double.parseDouble(args[3])));
        break;
      case "join":
        join(spark, dir, new Task(first, Double.parseDouble(args[3])));
        break;
      default:
        throw new IllegalArgumentException(args[0]);
    }
    spark.stop();
  }

  /** Three tables: a big one, half of its rows, and a quarter of them, in as many files. */
  private static void data(SparkSession spark, String dir, long rows) {
    Column[] words = new Column[ROW / 8];
    for (int i = 0; i < words.length; i++) {
      words[i] = functions.unhex(functions.lpad(functions.hex(functions.xxhash64(functions.col("id"), functions.lit(i))), 16, "0"));
    }
    for (int i = 0; i < TABLES.length; i++) {
      spark.range(0, rows >> i, 1, FILES >> i)
          .select(functions.col("id").as("k" + i), functions.concat(words).as("p" + i))
          .write().mode("overwrite").parquet(dir + "/" + TABLES[i]);
    }
  }

  /** A table, without the job that would look into its files for the schema. */
  private static Dataset<Row> read(SparkSession spark, String dir, int table) {
    return spark.read().schema("k" + table + " long, p" + table + " binary").parquet(dir + "/" + TABLES[table]);
  }

  /** Two stages: one task for each piece of the input, and one for each shuffle partition. */
  private static void flat(SparkSession spark, String dir, Task task) {
    Dataset<Row> big = task.over(read(spark, dir, 0));
    done(task.over(big.repartition(functions.col("k0"))));
  }

  /** Three scans at once; a join of two, and a join of that with the third. */
  private static void join(SparkSession spark, String dir, Task task) {
    Dataset<Row> big = task.over(read(spark, dir, 0));
    Dataset<Row> half = task.over(read(spark, dir, 1));
    Dataset<Row> quarter = task.over(read(spark, dir, 2));
    Dataset<Row> two = task.over(big.join(half, big.col("k0").equalTo(half.col("k1"))));
    done(task.over(two.join(quarter, two.col("k0").equalTo(quarter.col("k2")))));
  }

  private static void done(Dataset<Row> rows) {
    rows.write().format("noop").mode("overwrite").save();
  }

  /** What every task does to its rows: hands them on, then sleeps for what is left of its time. */
  private static final class Task implements MapPartitionsFunction<Row, Row> {
    private final double c0;
    private final double theta;

    Task(double c0, double theta) {
      this.c0 = c0;
      this.theta = theta;
    }

    Dataset<Row> over(Dataset<Row> rows) {
      return rows.mapPartitions(this, Encoders.row(rows.schema()));
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      long began = Began.at();
      return new Iterator<Row>() {
        private boolean slept;

        @Override
        public boolean hasNext() {
          if (rows.hasNext()) {
            return true;
          }
          if (!slept) {
            slept = true;
            TaskMetrics m = TaskContext.get().taskMetrics();
            long bytes = m.inputMetrics().bytesRead() + m.shuffleReadMetrics().totalBytesRead();
            sleepUntil(began + (long) ((c0 + bytes / theta) * 1e9));
          }
          return false;
        }

        @Override
        public Row next() {
          return rows.next();
        }
      };
    }

    private static void sleepUntil(long at) {
      long left = (at - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return;
      }
      try {
        Thread.sleep(left);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e); // the task is killed
      }
    }
  }
}

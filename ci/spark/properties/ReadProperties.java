import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.*;

/**
 * ReadProperties reads the files named by its arguments (a directory and a
 * count: 0.conf, 1.conf, …) with Spark's own loader and prints, per file, a line
 * with its pairs: hexadecimal UTF-8 key=value, sorted by key, or "error". Pairs
 * without a key, which spark-submit passes over, are left out.
 */
public class ReadProperties {
  public static void main(String[] args) throws Exception {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      try {
        scala.collection.Map<String, String> props =
            org.apache.spark.util.Utils.getPropertiesFromFile(new File(args[0], i + ".conf").getPath());
        TreeMap<String, String> sorted = new TreeMap<>();
        scala.collection.Iterator<String> keys = props.keysIterator();
        while (keys.hasNext()) {
          String key = keys.next();
          if (!key.isEmpty()) sorted.put(hex(key), hex(props.apply(key)));
        }
        out.append("pairs");
        sorted.forEach((k, v) -> out.append(' ').append(k).append('=').append(v));
      } catch (Exception e) {
        out.append("error");
      }
      out.append('\n');
    }
    System.out.println("BEGIN");
    System.out.print(out);
  }

  // Half a surrogate pair, which UTF-8 cannot hold, counts as U+FFFD.
  static String hex(String s) {
    StringBuilder b = new StringBuilder();
    s.codePoints().forEach(c -> b.appendCodePoint(c >= 0xD800 && c < 0xE000 ? 0xFFFD : c));
    return HexFormat.of().formatHex(b.toString().getBytes(StandardCharsets.UTF_8));
  }
}

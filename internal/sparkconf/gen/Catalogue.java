import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.*;
import org.apache.spark.internal.config.ConfigEntry;

/**
 * Catalogue asks the Spark on its class path for every configuration entry it
 * declares and prints one line per key, tab-separated:
 *
 *   key, type, scope, since, key it falls back to (or nothing), default as a
 *   JSON string (or null: no default of its own)
 *
 * Run it as  java -cp "$SPARK_HOME/jars/*" Catalogue.java
 */
public class Catalogue {
  // The objects that declare entries. One that a version does not have is passed over.
  static final String[] OBJECTS = {
    "org.apache.spark.internal.config.package$", "org.apache.spark.internal.config.Deploy$",
    "org.apache.spark.internal.config.History$", "org.apache.spark.internal.config.Kryo$",
    "org.apache.spark.internal.config.Network$", "org.apache.spark.internal.config.Python$",
    "org.apache.spark.internal.config.R$", "org.apache.spark.internal.config.Status$",
    "org.apache.spark.internal.config.Streaming$", "org.apache.spark.internal.config.UI$",
    "org.apache.spark.internal.config.Worker$", "org.apache.spark.deploy.yarn.config.package$",
    "org.apache.spark.deploy.k8s.Config$", "org.apache.spark.sql.internal.StaticSQLConf$",
    "org.apache.spark.sql.internal.SQLConf$",
  };

  public static void main(String[] args) throws Exception {
    Map<String, String> lines = new TreeMap<>();
    for (String name : OBJECTS) {
      Class<?> declaring;
      try {
        declaring = Class.forName(name);
      } catch (ClassNotFoundException e) {
        continue;
      }
      Object module = declaring.getField("MODULE$").get(null);
      for (Method m : declaring.getMethods()) {
        if (m.getParameterCount() != 0 || Modifier.isStatic(m.getModifiers())
            || !ConfigEntry.class.isAssignableFrom(m.getReturnType())) continue;
        ConfigEntry<?> e = (ConfigEntry<?>) m.invoke(module);
        lines.put(e.key(), String.join("\t", e.key(), type(e), scope(name), e.version(), fallback(e), defaultOf(e)));
      }
    }
    lines.values().forEach(System.out::println);
  }

  static String scope(String object) {
    if (object.endsWith(".StaticSQLConf$")) return "static";
    if (object.endsWith(".SQLConf$")) return "runtime";
    return "application";
  }

  // A default counts only where it is a constant of the key itself: entries that
  // fall back to another key, that compute a default or have none print null.
  static String defaultOf(ConfigEntry<?> e) {
    String kind = e.getClass().getSimpleName();
    if (!kind.equals("ConfigEntryWithDefault") && !kind.equals("ConfigEntryWithDefaultString")) return "null";
    return e.defaultValue().get() == null ? "null" : quote(e.defaultValueString());
  }

  // FallbackConfigEntry says "<value of spark.x>".
  static String fallback(ConfigEntry<?> e) {
    if (!e.getClass().getSimpleName().equals("FallbackConfigEntry")) return "";
    return e.defaultValueString().replaceAll("^<value of |>$", "");
  }

  // An entry does not say its type, but its reader shows it: what it makes of a
  // size, a time, a number and a truth value.
  static String type(ConfigEntry<?> e) {
    Object v = read(e, "7m");
    if (v instanceof String || v instanceof scala.collection.Iterable) return "string";
    if (v instanceof Long) {
      switch (v.toString()) {
        case "7340032": return "bytes";
        case "7168": return "kib";
        case "7": return read(e, "7h") == null ? "mib" : "min";
        case "420000": return "ms";
        case "420": return "s";
      }
    }
    // Sizes and times with bounds that 7m breaks.
    for (String probe : new String[] {"2g", "1k", "512b"}) {
      v = read(e, probe);
      if (v instanceof Long) return v.equals(2L << 30) || v.equals(1L << 10) || v.equals(512L) ? "bytes" : "mib";
    }
    for (String probe : new String[] {"1h", "60s"}) {
      v = read(e, probe);
      if (v instanceof Long) return ((Long) v) >= 60000 ? "ms" : "s";
    }
    for (String probe : new String[] {"0.5", "1.5"}) if (read(e, probe) instanceof Double) return "double";
    for (String probe : new String[] {"7", "1", "0", "100", "64", "4096", "1024"}) {
      v = read(e, probe);
      if (v instanceof Integer || v instanceof Long) return "int";
    }
    if (read(e, "true") instanceof Boolean) return "bool";
    // Narrow bounds, which no probe meets: the default's own type.
    v = e.getClass().getSimpleName().startsWith("ConfigEntryWithDefault") ? e.defaultValue().get() : null;
    return v instanceof Integer ? "int" : "string";
  }

  static Object read(ConfigEntry<?> e, String s) {
    try {
      Object v = e.valueConverter().apply(s);
      return v instanceof scala.Option ? ((scala.Option<?>) v).get() : v;
    } catch (Throwable t) {
      return null;
    }
  }

  static String quote(String s) {
    StringBuilder b = new StringBuilder("\"");
    for (char c : s.toCharArray()) {
      if (c == '"' || c == '\\') b.append('\\').append(c);
      else if (c < ' ' || c > '~') b.append(String.format("\\u%04x", (int) c));
      else b.append(c);
    }
    return b.append('"').toString();
  }
}

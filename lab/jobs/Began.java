import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Tells a task when it began, before Spark read what it is to do: a new JVM loads classes first, which
 * on a busy machine takes seconds, and a task that sleeps does that in its sleep.
 */
public final class Began implements SparkPlugin {
  private static final ThreadLocal<Long> AT = ThreadLocal.withInitial(System::nanoTime);

  /** When the task of this thread began, as System.nanoTime says it. */
  static long at() {
    return AT.get();
  }

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> conf) {}

      @Override
      public void onTaskStart() {
        AT.set(System.nanoTime());
      }
    };
  }
}

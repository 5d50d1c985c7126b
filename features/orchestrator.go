package features

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// unnamed is the pipeline of runs that nothing names.
const unnamed = "unnamed"

// pipelineOf names the pipeline of a run: see pipelinename.go.
func pipelineOf(rules []PipelineRule, appName, mainClass string, props map[string]string) string {
	for _, r := range rules {
		if name := printable(r.name(appName, props)); name != "" {
			return name
		}
	}
	for _, name := range []string{orchestratorName(props), appName, mainClass} {
		if name = cleanName(name); name != "" {
			return name
		}
	}
	return unnamed
}

// name applies one rule; "" where it does not match.
func (r *PipelineRule) name(appName string, props map[string]string) string {
	if r.Property != "" {
		v, ok := props[r.Property]
		if !ok || r.Name == "" {
			return v
		}
		return strings.ReplaceAll(r.Name, "$1", v)
	}
	re, err := regexp.Compile(r.AppName)
	if err != nil || r.AppName == "" {
		return ""
	}
	m := re.FindStringSubmatchIndex(appName)
	if m == nil {
		return ""
	}
	if r.Name == "" {
		return appName[m[0]:m[1]]
	}
	return string(re.ExpandString(nil, r.Name, appName, m))
}

// groupAndTask are pairs of properties in which orchestrators name a workflow
// and, where they do, its task: Airflow's labels and context variables,
// OpenLineage's parent, Argo's and the Spark operator's labels.
var groupAndTask = [][2]string{
	{"spark.kubernetes.driver.label.dag_id", "spark.kubernetes.driver.label.task_id"},
	{"spark.airflow.dag_id", "spark.airflow.task_id"},
	{"spark.airflow.dagId", "spark.airflow.taskId"},
	{"spark.yarn.appMasterEnv.AIRFLOW_CTX_DAG_ID", "spark.yarn.appMasterEnv.AIRFLOW_CTX_TASK_ID"},
	{"spark.executorEnv.AIRFLOW_CTX_DAG_ID", "spark.executorEnv.AIRFLOW_CTX_TASK_ID"},
	{"spark.kubernetes.driverEnv.AIRFLOW_CTX_DAG_ID", "spark.kubernetes.driverEnv.AIRFLOW_CTX_TASK_ID"},
	{"spark.openlineage.parentJobName", ""},
	{"spark.kubernetes.driver.label.pipeline", ""},
	{"spark.kubernetes.driver.label.job-name", ""},
	{"spark.kubernetes.driver.label.workflow", ""},
	{"spark.kubernetes.driver.label.app.kubernetes.io/name", ""},
	{"spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name", ""},
	{"spark.databricks.job.name", ""},
}

// orchestratorName reads the workload's name as its orchestrator gives it.
func orchestratorName(props map[string]string) string {
	for _, p := range groupAndTask {
		group := cleanName(props[p[0]])
		if group == "" {
			continue
		}
		if task := cleanName(props[p[1]]); p[1] != "" && task != "" {
			return group + "." + task
		}
		return group
	}
	if name := databricksJob(props["spark.databricks.clusterUsageTags.clusterAllTags"]); name != "" {
		return name
	}
	return yarnTag(props["spark.yarn.tags"])
}

// databricksJob reads a job cluster's tags: a JSON list of keys and values.
func databricksJob(tags string) string {
	var list []struct{ Key, Value string }
	if json.Unmarshal([]byte(tags), &list) != nil {
		return ""
	}
	job := ""
	for _, t := range list {
		switch t.Key {
		case "RunName":
			if name := cleanName(t.Value); name != "" {
				return name
			}
		case "JobId":
			job = "job " + t.Value
		}
	}
	// A number would be cut as an id, but here it is the job's name.
	return strings.ReplaceAll(job, " ", "")
}

// nameTags are keys within YARN tags that name the workload, best first.
var nameTags = []string{"pipeline", "dag_id", "dag", "workflow", "flow", "job_name", "jobname", "job"}

// yarnTag reads spark.yarn.tags: key=value or key:value pairs, or the only tag
// that is a name. Several bare tags say nothing certain.
func yarnTag(tags string) string {
	pairs := map[string]string{}
	var bare []string
	for _, t := range strings.Split(tags, ",") {
		t = strings.TrimSpace(t)
		if i := strings.IndexAny(t, "=:"); i > 0 {
			pairs[strings.ToLower(t[:i])] = cleanName(t[i+1:])
		} else if name := cleanName(t); name != "" && !strings.HasPrefix(t, "livy-") && !strings.HasPrefix(t, "oozie-") {
			bare = append(bare, name)
		}
	}
	for _, k := range nameTags {
		if name := pairs[k]; name != "" {
			for _, task := range []string{"task_id", "task"} {
				if strings.HasPrefix(k, "dag") && pairs[task] != "" {
					return name + "." + pairs[task]
				}
			}
			return name
		}
	}
	if slices.Sort(bare); len(slices.Compact(bare)) == 1 {
		return bare[0]
	}
	return ""
}

// mainClass reads the driver's command line (sun.java.command): the class given
// to spark-submit, else the script or archive, else the class itself.
func mainClass(command string) string {
	args := strings.Fields(command)
	for i, a := range args {
		if a == "--class" && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, a := range args {
		for _, suffix := range []string{".py", ".R", ".jar"} {
			if strings.HasSuffix(a, suffix) && !strings.HasPrefix(a, "-") && !strings.Contains(a, ",") {
				return strings.TrimSuffix(a[strings.LastIndexByte(a, '/')+1:], suffix)
			}
		}
	}
	if len(args) > 0 {
		return args[0]
	}
	return ""
}

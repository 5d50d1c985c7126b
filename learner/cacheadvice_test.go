package learner

import (
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// caseFleet is a fleet of one real log of fixtures/logs.
func caseFleet(t testing.TB, name string) Fleet {
	t.Helper()
	app := logCase(t, name)
	f := Fleet{Runs: []features.Run{app.Run}, Stages: app.Stages, Executions: app.Executions, Executors: app.Executors, Caches: app.Caches, Signals: app.Signals}
	features.Judge(f.Runs, nil)
	return f
}

// What is said of caches in real logs. The seconds were added up by hand from
// the stages' charged_s that `apprentice inspect --format json` prints.
func TestAdviceOnCaches(t *testing.T) {
	for name, want := range map[string][]string{
		// Five jobs count one RDD behind a shuffle: 1.775, 1.477, 1.739, 1.275 and
		// 1.085 s; all but the first are 5.576 s. They read 822 bytes.
		"g_not_cached_reused": {
			`Persist what "count at fam_g_cache.py:52" (partitionBy ← mapPartitions ← PythonRDD) works on, at MEMORY_AND_DISK: it is computed 5 times from the same 822 bytes; keeping it saves up to 5.6 s a night.`,
			"it fits beside execution",
		},
		// Its one job computes it in stage 0, 1.545 s; no stage reads it.
		"g_cached_once": {"Stop caching Project [id, (id % 9) AS k] (MEMORY_AND_DISK): one job computes and stores it, in 1.5 s, and no other reads it. That saves the storing, which is a part of these seconds, and frees its storage, how much is not logged"},
		// RDD 4: stages 4 and 8 compute part of it again, 6.590 + 5.184 s; stage 2
		// reads it too but fills RDD 18 and is no plain read. RDD 18: stages 6 and
		// 10, 11.244 + 8.879 s.
		"g_memory_only_evicted": {
			"Cache Project [id, sha2(cast(cast(id as string) as binary), 512) AS h] at MEMORY_AND_DISK_SER instead of MEMORY_ONLY_SER: blocks that were evicted, or never stored, were computed again in 2 stages of a night, which took up to 11.8 s.",
			"Cache Project [(id + 1) AS id, reverse(h) AS h] at MEMORY_AND_DISK_SER instead of MEMORY_ONLY_SER: blocks that were evicted, or never stored, were computed again in 2 stages of a night, which took up to 20.1 s.",
		},
		"g_cached_many":     nil, // read by five jobs, all of it stored
		"g_memory_and_disk": nil,
		"g_block_updates":   nil,
	} {
		r := learn(t, caseFleet(t, name), nil).Recommendations[0]
		var got []string
		for _, a := range r.Advice {
			if strings.Contains(a, "ach") || strings.Contains(a, "ersist") {
				got = append(got, a)
			}
		}
		text := strings.Join(got, "\n")
		if len(want) == 0 && text != "" {
			t.Errorf("%s: %s", name, text)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q\nwant %q\nreason: %s", name, text, w, r.Reason)
			}
		}
	}
}

// Nightly pipelines that compute nothing twice get no advice on caches, and
// neither does the one that caches well.
func TestNoAdviceOnCachesWithoutCause(t *testing.T) {
	for _, r := range learn(t, lab(t), nil).Recommendations {
		for _, a := range r.Advice {
			t.Logf("%s: %s", r.Pipeline, a)
			if strings.Contains(a, "aching") || strings.Contains(a, "Persist") {
				t.Errorf("%s: %s", r.Pipeline, a)
			}
		}
	}
}

// Executors that dynamic allocation could start, and no run ever had, are no room
// for a cache.
func TestStorageRoomOfExecutorsSeen(t *testing.T) {
	base := settings{heapKey: "2g", executorCoresKey: "4", maxExecutorsKey: "200"}
	s := &study{history: &history{actions: []*action{{set: base}}}}
	j := &judgement{study: s, site: &site{cluster: sparkconf.Cluster{Manager: "yarn", Dynamic: true}, props: map[string]string{}, executors: 20, cores: 4}}
	// 20 executors have 20 x 0.6 x (2 GiB - 300 MiB) = 20.5 GiB, half of it storage's own.
	for need, want := range map[int64]string{
		2 * sparkconf.GiB: "it fits in the 10.2 GiB that execution cannot take",
		8 * sparkconf.GiB: "it may not fit beside execution in 20.5 GiB of unified memory",
	} {
		if got := j.storageRoom(need); !strings.Contains(got, want) {
			t.Errorf("room for %d bytes: %q, want %q", need, got, want)
		}
	}
}

package replay

import (
	"math/bits"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const mib = sparkconf.MiB

// jvmHeap is how an executor's JVM heap is shared out (UnifiedMemoryManager,
// ExecutionMemoryPool).
type jvmHeap struct {
	Bytes           int64   // spark.executor.memory, the driver's in local mode
	Fraction        float64 // spark.memory.fraction
	StorageFraction float64 // spark.memory.storageFraction
	Cores           int     // cores of the executor
}

// unified is the memory that execution and storage share.
func (h jvmHeap) unified() int64 {
	return int64(float64(max(h.Bytes-sparkconf.ReservedMemory, 0)) * h.Fraction)
}

// execution is the most that execution can have while stored bytes are cached:
// it evicts storage down to the storage region.
func (h jvmHeap) execution(stored int64) int64 {
	u := h.unified()
	region := int64(float64(u) * h.StorageFraction)
	return u - min(stored, region)
}

// perTask is the most execution memory of one of n active tasks.
func (h jvmHeap) perTask(stored int64, n int) int64 {
	return h.execution(stored) / int64(max(n, 1))
}

// page is the size of the pages that sorters and hash maps allocate
// (MemoryManager.pageSizeBytes).
func (h jvmHeap) page() int64 {
	free := int64(float64(h.unified()) * (1 - h.StorageFraction))
	p := nextPow2(free / int64(max(h.Cores, 1)) / 16)
	return min(max(p, mib), 64*mib)
}

// nextPow2 is the smallest power of two that is not below n.
func nextPow2(n int64) int64 {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len64(uint64(n-1))
}

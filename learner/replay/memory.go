package replay

import "math/bits"

const mib = int64(1) << 20

// Heap is how an executor's JVM heap is shared out (UnifiedMemoryManager,
// ExecutionMemoryPool).
type Heap struct {
	Bytes           int64   // spark.executor.memory
	Fraction        float64 // spark.memory.fraction
	StorageFraction float64 // spark.memory.storageFraction
	Cores           int     // cores of the executor
}

// systemReserved is what Spark keeps off the heap's fraction (RESERVED_SYSTEM_MEMORY_BYTES).
const systemReserved = 300 * mib

// Unified is the memory that execution and storage share.
func (h Heap) Unified() int64 {
	return int64(float64(max(h.Bytes-systemReserved, 0)) * h.Fraction)
}

// Execution is the most that execution can have while stored bytes are cached:
// it evicts storage down to the storage region.
func (h Heap) Execution(stored int64) int64 {
	u := h.Unified()
	region := int64(float64(u) * h.StorageFraction)
	return u - min(stored, region)
}

// PerTask is the most execution memory of one of n active tasks.
func (h Heap) PerTask(stored int64, n int) int64 {
	return h.Execution(stored) / int64(max(n, 1))
}

// Page is the size of the pages that sorters and hash maps allocate
// (MemoryManager.pageSizeBytes).
func (h Heap) Page() int64 {
	free := int64(float64(h.Unified()) * (1 - h.StorageFraction))
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

// A Container is what the cluster manager reserves for one executor.
type Container struct {
	Heap        int64
	Overhead    int64   // spark.executor.memoryOverhead, 0: derived
	Factor      float64 // overhead factor: 0.1, on Kubernetes 0.4 for applications that are not JVM
	MinOverhead int64   // 384 MiB unless set (4.0 and later)
	OffHeap     int64
	Python      int64 // spark.executor.pyspark.memory
	Standalone  bool  // standalone reserves the heap alone
}

// Bytes is the size of the container (ResourceProfile.calculateOverHeadMemory).
func (c Container) Bytes() int64 {
	if c.Standalone {
		return c.Heap
	}
	over := c.Overhead
	if over == 0 {
		over = max(int64(c.Factor*float64(c.Heap/mib))*mib, c.MinOverhead)
	}
	return c.Heap + over + c.OffHeap + c.Python
}

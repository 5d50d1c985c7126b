package codec

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// lz4-java's LZ4BlockOutputStream: "LZ4Block", a token (method and block size),
// stored length, plain length and checksum (little endian), then the block. An
// empty block ends the stream.
const (
	lz4Header   = 21
	lz4Raw      = 0x10
	lz4Packed   = 0x20
	lz4BaseBits = 10         // block size of level 0
	lz4Seed     = 0x9747b28c // LZ4BlockOutputStream.DEFAULT_SEED
	// StreamingXXHash32.asChecksum drops the four high bits.
	lz4ChecksumMask = 0x0fffffff
)

func newLZ4(in *input) *blockDecoder {
	b := &buffers{in: in}
	return &blockDecoder{buffers: b, codec: LZ4, next: b.nextLZ4}
}

func (b *buffers) nextLZ4() ([]byte, error) {
	head, err := b.in.peek(lz4Header)
	if len(head) == 0 && err == io.EOF {
		return nil, cutOff(err, "a stream: its end mark is missing")
	}
	if len(head) < lz4Header {
		return nil, cutOff(err, "a block header")
	}
	token := head[8]
	stored := int64(binary.LittleEndian.Uint32(head[9:]))
	plain := int64(binary.LittleEndian.Uint32(head[13:]))
	sum := binary.LittleEndian.Uint32(head[17:])
	limit := int64(1) << (lz4BaseBits + token&0x0f)
	switch method := token & 0xf0; {
	case string(head[:8]) != "LZ4Block":
		return nil, corrupt("no block where one should start")
	case method != lz4Raw && method != lz4Packed:
		return nil, corrupt("unknown method %#x", method)
	case plain > limit, stored > int64(lz4.CompressBlockBound(int(limit))), method == lz4Raw && stored != plain:
		return nil, corrupt("a block of %d stored and %d plain bytes is impossible", stored, plain)
	case plain == 0 && (stored != 0 || sum != 0):
		return nil, corrupt("damaged end mark")
	}
	b.in.discard(lz4Header)
	if plain == 0 {
		return nil, io.EOF
	}
	data, err := b.take(int(stored), "a block")
	if err != nil {
		return nil, err
	}
	if token&0xf0 == lz4Packed {
		out := b.room(int(plain))
		n, err := lz4.UncompressBlock(data, out)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if int64(n) != plain {
			return nil, corrupt("block decodes to %d bytes instead of %d", n, plain)
		}
		data = out
	}
	if got := xxhash32(data, lz4Seed) & lz4ChecksumMask; got != sum {
		return nil, corrupt("checksum of a block is %08x, not %08x", got, sum)
	}
	return data, nil
}

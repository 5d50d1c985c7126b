package codec

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
)

// snappy-java's SnappyOutputStream: a magic, version and compatible version
// (big endian), then blocks of raw snappy, each behind its stored length. The
// stream has no end mark; a magic in place of a length starts another stream.
const (
	snappyHeader = 16
	snappyMagic  = "\x82SNAPPY\x00"
)

func newSnappy(in *input) *blockDecoder {
	b := &buffers{in: in}
	return &blockDecoder{buffers: b, codec: Snappy, next: b.nextSnappy}
}

func (b *buffers) nextSnappy() ([]byte, error) {
	head, err := b.in.peek(4)
	if len(head) == 0 {
		return nil, err
	}
	if len(head) < 4 {
		return nil, cutOff(err, "a block header")
	}
	if string(head) == snappyMagic[:4] {
		return nil, b.snappyHeader()
	}
	stored := binary.BigEndian.Uint32(head)
	if stored == 0 || stored > maxBlock {
		return nil, io.EOF // no block: the Reader looks at what it is
	}
	b.in.discard(4)
	data, err := b.take(int(stored), "a block")
	if err != nil {
		return nil, err
	}
	plain, err := snappy.DecodedLen(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if plain > maxBlock {
		return nil, corrupt("a block of %d plain bytes is impossible", plain)
	}
	out, err := snappy.Decode(b.room(plain), data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return out, nil
}

func (b *buffers) snappyHeader() error {
	head, err := b.in.peek(snappyHeader)
	if len(head) < snappyHeader {
		return cutOff(err, "a stream header")
	}
	if string(head[:8]) != snappyMagic {
		return corrupt("no block where one should start")
	}
	if compatible := binary.BigEndian.Uint32(head[12:]); compatible > 1 {
		return corrupt("stream asks for a reader of version %d", compatible)
	}
	b.in.discard(snappyHeader)
	return nil
}

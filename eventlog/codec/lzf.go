package codec

import (
	"encoding/binary"
	"io"
)

// compress-lzf's LZFOutputStream: chunks of "ZV", a type, the stored length
// (big endian, 16 bits) and, for compressed chunks, the plain length. There is
// no end mark.
const (
	lzfHeader = 5
	lzfRaw    = 0
)

func newLZF(in *input) *blockDecoder {
	b := &buffers{in: in}
	return &blockDecoder{buffers: b, codec: LZF, next: b.nextLZF}
}

func (b *buffers) nextLZF() ([]byte, error) {
	head, err := b.in.peek(headLen)
	if len(head) == 0 {
		return nil, err
	}
	if name, _ := recognise(head); name != LZF {
		return nil, io.EOF // no chunk: the Reader looks at what it is
	}
	if len(head) < lzfHeader {
		return nil, cutOff(err, "a chunk header")
	}
	kind, stored := head[2], int(binary.BigEndian.Uint16(head[3:]))
	b.in.discard(lzfHeader)
	if kind == lzfRaw {
		return b.take(stored, "a chunk")
	}
	size, err := b.in.peek(2)
	if len(size) < 2 {
		return nil, cutOff(err, "a chunk header")
	}
	plain := int(binary.BigEndian.Uint16(size))
	b.in.discard(2)
	data, err := b.take(stored, "a chunk")
	if err != nil {
		return nil, err
	}
	out := b.room(plain)
	if !lzfDecode(out, data) {
		return nil, corrupt("a chunk does not decode to its %d bytes", plain)
	}
	return out, nil
}

// lzfDecode decodes LibLZF data (Marc Lehmann): a control byte below 32 is a
// run of literals; else its high three bits are a length and the rest, with the
// next byte, a distance back. It reports whether src gives exactly len(dst) bytes.
func lzfDecode(dst, src []byte) bool {
	d, s := 0, 0
	for s < len(src) {
		ctrl := int(src[s])
		s++
		if ctrl < 32 {
			n := ctrl + 1
			if s+n > len(src) || d+n > len(dst) {
				return false
			}
			if s+32 <= len(src) && d+32 <= len(dst) {
				copy(dst[d:d+32], src[s:s+32]) // of fixed length; what is too much is overwritten
			} else {
				copy(dst[d:], src[s:s+n])
			}
			s, d = s+n, d+n
			continue
		}
		n := ctrl>>5 + 2
		if n == 9 {
			if s == len(src) {
				return false
			}
			n += int(src[s])
			s++
		}
		if s == len(src) {
			return false
		}
		from := d - (ctrl&0x1f<<8 | int(src[s])) - 1
		s++
		if from < 0 || d+n > len(dst) {
			return false
		}
		end := d + n
		if d-from >= 8 && end+8 <= len(dst) {
			for ; d < end; d, from = d+8, from+8 {
				copy(dst[d:d+8], dst[from:from+8])
			}
			d = end
			continue
		}
		for d < end { // source and target overlap
			d += copy(dst[d:end], dst[from:d])
		}
	}
	return d == len(dst)
}

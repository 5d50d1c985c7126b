package codec

import (
	"encoding/binary"
	"math/bits"
)

const (
	prime1 uint32 = 2654435761
	prime2 uint32 = 2246822519
	prime3 uint32 = 3266489917
	prime4 uint32 = 668265263
	prime5 uint32 = 374761393
)

// xxhash32 is XXH32 by Yann Collet (xxHash specification, version 0.1.1).
func xxhash32(data []byte, seed uint32) uint32 {
	h, n := seed+prime5, uint32(len(data))
	if len(data) >= 16 {
		a, b, c, d := seed+prime1+prime2, seed+prime2, seed, seed-prime1
		for ; len(data) >= 16; data = data[16:] {
			a = bits.RotateLeft32(a+binary.LittleEndian.Uint32(data)*prime2, 13) * prime1
			b = bits.RotateLeft32(b+binary.LittleEndian.Uint32(data[4:])*prime2, 13) * prime1
			c = bits.RotateLeft32(c+binary.LittleEndian.Uint32(data[8:])*prime2, 13) * prime1
			d = bits.RotateLeft32(d+binary.LittleEndian.Uint32(data[12:])*prime2, 13) * prime1
		}
		h = bits.RotateLeft32(a, 1) + bits.RotateLeft32(b, 7) + bits.RotateLeft32(c, 12) + bits.RotateLeft32(d, 18)
	}
	h += n
	for ; len(data) >= 4; data = data[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(data)*prime3, 17) * prime4
	}
	for _, c := range data {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}

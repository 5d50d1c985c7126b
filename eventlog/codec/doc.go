// Package codec decodes the framings in which Spark and its vendors store
// event logs.
//
//  1. A Reader looks at the first bytes: names and suffixes are not asked, they
//     are wrong often enough (a compacted .zstd file may be plain text).
//  2. It decodes as a stream, with memory bounded by the framing's block size.
//  3. Where one compressed stream ends and bytes follow, it looks again, so
//     concatenated files are read, also mixed ones.
//  4. At damage it hands out what was decoded before, then an error that tells
//     cut (ErrTruncated) from damaged (ErrCorrupt) and the byte of the file.
//
// Spark's framings are those of org.apache.spark.io.CompressionCodec: lz4-java's
// LZ4Block streams, snappy-java's streams, compress-lzf chunks, zstd frames.
package codec

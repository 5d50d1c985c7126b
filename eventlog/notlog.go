package eventlog

import "bytes"

// utf8BOM is what some editors put in front of UTF-8 text.
var utf8BOM = []byte("\xef\xbb\xbf")

// trim takes away what may stand around an event without harm: a byte order
// mark, white space, and the NUL bytes that a crashed file system leaves where
// data never arrived.
func trim(line []byte, first bool) []byte {
	if first {
		line = bytes.TrimPrefix(line, utf8BOM)
	}
	if n := len(line); n > 1 && line[0] == '{' && line[n-1] == '}' {
		return line
	}
	return bytes.Trim(line, " \t\r\x00")
}

// twice is a framing that the decoder has found within another one.
const twice = "compressed data within another compression; decompress the file once, with gunzip or zstd -d, and read what that gives"

// lookalikes are the first bytes of files that get among event logs.
var lookalikes = []struct{ magic, what string }{
	{"PK\x03\x04", "a zip archive"},
	{"PAR1", "Parquet"},
	{"ORC", "ORC"},
	{"Obj\x01", "Avro"},
	{"SEQ", "a Hadoop sequence file"},
	{"%PDF", "PDF"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ", "xz"},
	{"7z\xbc\xaf", "7-Zip"},
	{"\x04\x22\x4d\x18", "the frame format of the lz4 tool, which Spark does not write"},
	{"\xff\x06\x00\x00sNaPpY", "the framed snappy format, which Spark does not write"},
	{"\x7fELF", "a program"},
	{"\xca\xfe\xba\xbe", "a Java class"},
	{"\xff\xfe", "UTF-16 text"},
	{"\xfe\xff", "UTF-16 text"},
	{"\x28\xb5\x2f\xfd", twice},
	{"\x1f\x8b\x08", twice},
	{"LZ4Block", twice},
	{"\x82SNAPPY", twice},
	{"ZV\x00", twice},
	{"ZV\x01", twice},
	{"<!DOCTYPE", "HTML"},
	{"<html", "HTML"},
	{"<?xml", "XML"},
}

// lookalike names what the file is whose first line is no event, "" if its
// first bytes do not tell for certain.
func lookalike(line []byte) string {
	for _, l := range lookalikes {
		if bytes.HasPrefix(line, []byte(l.magic)) {
			return l.what
		}
	}
	return ""
}

package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

// crockford is the alphabet of Crockford's base 32 in lower case: its letters are in
// the order of their bytes, so identifiers sort as the times in them do.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an identifier such as "doc_06c5h2k1m4…": the prefix, "_", and 26
// characters of lower-case base 32. The first ten hold the time in milliseconds,
// the rest is 80 bits of chance: identifiers of different milliseconds sort by time,
// and none can be guessed from another.
func NewID(prefix string) string {
	var b [18]byte
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16)
	rand.Read(b[6:16]) // never fails: crypto/rand ends the program instead
	return prefix + "_" + crockford.EncodeToString(b[:16])
}

// FirstID is the least identifier of a kind that a time can have, in UTC microseconds: what began
// later sorts behind it.
func FirstID(prefix string, at int64) string {
	var b [18]byte
	binary.BigEndian.PutUint64(b[:8], uint64(max(at, 0)/1000)<<16)
	return prefix + "_" + crockford.EncodeToString(b[:16])
}

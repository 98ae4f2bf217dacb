package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"wenyuan"
)

// The cost of a password: argon2id (RFC 9106) with the first of the equivalent settings that the
// OWASP Password Storage Cheat Sheet names, 19 MiB and two passes on one lane.
const (
	costMemory = 19 * 1024 // KiB
	costTime   = 2
	costLanes  = 1
	saltBytes  = 16
	keyBytes   = 32
)

// Bounds on what a stored hash may ask for, should somebody else have written it.
const (
	maxMemory = 256 * 1024 // KiB
	maxTime   = 16
	maxLanes  = 16
)

// A cost is what it takes to compute a hash.
type cost struct {
	memory, time uint32
	lanes        uint8
}

var present = cost{costMemory, costTime, costLanes}

// maxQueue is how many sign-ins wait for their turn to be computed. Each one under way holds the
// memory above, and there are as many as there are cores.
const maxQueue = 64

// turn waits until a hash may be computed.
func (s *Sessions) turn(ctx context.Context) (leave func(), err error) {
	select {
	case s.queue <- struct{}{}:
	default:
		return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "too many people sign in at this moment", Hint: "try again in a few seconds"}
	}
	defer func() { <-s.queue }()
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// protect makes the PHC string of a password.
func (s *Sessions) protect(ctx context.Context, password string) (string, error) {
	leave, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	return phc(s.cost, salt, derive(password, salt, s.cost, keyBytes)), nil
}

// matches says whether a password is the one that a PHC string was made of, and whether it should
// be made anew at the present cost. An empty or broken string takes as long as any and matches nothing.
func (s *Sessions) matches(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	leave, err := s.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	c, salt, key, err := parsePHC(stored)
	if err != nil {
		derive(password, make([]byte, saltBytes), s.cost, keyBytes)
		return false, false, nil
	}
	ok = subtle.ConstantTimeCompare(key, derive(password, salt, c, uint32(len(key)))) == 1
	return ok, ok && (c != s.cost || len(key) != keyBytes), nil
}

// derive brings the characters into one form first, as keyboards write the same ones in several
// (NIST SP 800-63B, 3.1.1.2).
func derive(password string, salt []byte, c cost, n uint32) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.time, c.memory, c.lanes, n)
}

// phc writes a hash in the PHC string format.
func phc(c cost, salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.lanes, enc.EncodeToString(salt), enc.EncodeToString(key))
}

var errPHC = errors.New("not an argon2id hash in the PHC form")

func parsePHC(s string) (c cost, salt, key []byte, err error) {
	part := strings.Split(s, "$")
	version := 0
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" {
		return c, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(part[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.lanes); err != nil {
		return c, nil, nil, errPHC
	}
	if c.memory < 8 || c.memory > maxMemory || c.time < 1 || c.time > maxTime || c.lanes < 1 || c.lanes > maxLanes {
		return c, nil, nil, errPHC
	}
	enc := base64.RawStdEncoding.Strict()
	if salt, err = enc.DecodeString(part[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return c, nil, nil, errPHC
	}
	if key, err = enc.DecodeString(part[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, errPHC
	}
	return c, salt, key, nil
}

package signin

import "encoding/base64"

// Cheaply makes hashes cost next to nothing, for tests of how often and not of how long.
func (s *Sessions) Cheaply() { s.cost = cost{64, 1, 1} }

// Weak is a hash of the password at the cost, and with the salt, that a PHC string without a key names.
func Weak(password, head string) string {
	c, salt := cost{64, 1, 1}, []byte("somesaltsomesalt")
	return head + base64.RawStdEncoding.EncodeToString(derive(password, salt, c, keyBytes))
}

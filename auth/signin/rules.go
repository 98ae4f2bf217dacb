package signin

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// The length of a password, in characters. NIST SP 800-63B asks for 8 or more, for at least 64
// that may be used, and for no rules on which characters.
const (
	MinPassword = 10
	MaxPassword = 1024
)

// common are the passwords of ten characters and more that are tried first, in lower case: those
// of the lists of leaked ones that are long enough to get past the length.
var common = []string{
	"0123456789", "0987654321", "1029384756", "1111111111", "1122334455", "123456789a", "1234567890", "12345678901", "123456789012", "1234567891",
	"1234567890a", "1234567890q", "123qweasdzxc", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "5201314520", "9876543210",
	"aaaaaaaaaa", "abcd123456", "abcdefghij", "admin12345", "administrator", "changeme123", "iloveyou123", "letmein123", "p@ssw0rd123",
	"passw0rd123", "password01", "password10", "password11", "password12", "password123", "password1234", "password123!", "password2020", "password2024", "password2025", "password2026", "passwordpassword",
	"qazwsxedcrfv", "qq123456789", "qwer123456", "qwerty1234", "qwerty12345", "qwerty123456", "qwertyuiop", "qwertyuiop123", "welcome123", "welcome1234", "woaini1314", "woaini520", "woaini5201314", "zxcvbnm123",
}

// checkPassword says why a password is not taken for somebody with these names.
func checkPassword(password string, names ...string) error {
	if !utf8.ValidString(password) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the password is not text", Hint: "send it as UTF-8"}
	}
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the password has %d characters", n),
			Hint: fmt.Sprintf("take %d to %d; any will do, and a few words are easier to remember than signs", MinPassword, MaxPassword)}
	}
	fold := strings.ToLower(strings.TrimSpace(password))
	for _, name := range names {
		local, _, _ := strings.Cut(strings.ToLower(name), "@")
		if name != "" && (fold == strings.ToLower(name) || fold == local) {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the password is the name", Hint: "take one that others do not try first"}
		}
	}
	first, _ := utf8.DecodeRuneInString(password)
	if slices.Contains(common, fold) || strings.Trim(password, string(first)) == "" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the password is one of those that are tried first", Hint: "take a few words that do not belong together"}
	}
	return nil
}

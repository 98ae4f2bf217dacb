package auth

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wenyuan"
)

// maxName is how many characters a name may have.
const maxName = 200

// Fold is the form of a name that is compared: whatever the case, in Unicode's form NFC.
func Fold(name string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(name))) }

// parting are the characters that part names from each other in a rule.
const parting = ":,#：，"

// cleanName checks the name of a person, service, group or space and gives its NFC form, with one
// blank where there are several. Rules name people and groups between colons and commas, with remarks behind #.
func cleanName(name string) (string, error) {
	name = norm.NFC.String(name)
	n := utf8.RuneCountInString(name)
	if n < 1 || n > maxName || !utf8.ValidString(name) || strings.TrimSpace(name) != name || strings.ContainsAny(name, parting) || strings.IndexFunc(name, unprintable) >= 0 {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q cannot be a name here", shorten(name)), Hint: "use 1 to 200 characters that can be seen, without : , and #, and without a space at either end"}
	}
	return strings.Join(strings.Fields(name), " "), nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// shorten keeps a message readable whatever was sent.
func shorten(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

// cleanEmail checks an e-mail address and gives the form that is kept; "" stays.
func cleanEmail(email string) (string, error) {
	email = Fold(strings.TrimSpace(email))
	if email == "" {
		return "", nil
	}
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(email, parting+" ") || strings.Contains(domain, "@") || utf8.RuneCountInString(email) > maxName || strings.IndexFunc(email, unprintable) >= 0 {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is not an e-mail address", shorten(email)), Hint: "write it as name@example.com"}
	}
	return email, nil
}

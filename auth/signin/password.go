package signin

import (
	"context"

	"wenyuan"
	"wenyuan/auth"
)

// maxQueue is how many sign-ins wait for their turn to be computed.
const maxQueue = 64

// ByPassword signs in who knows the password of a name. A wrong password, a name that is not
// known and a person who may not come in are refused in the same words after the same time.
// Who tried too often is Limited, and the cause is a Wait.
func (s *Sessions) ByPassword(ctx context.Context, name, password string, v Visit) (token string, err error) {
	return "", refused(nil)
}

// SetPassword gives a person another password; "" takes it away. Somebody's own needs the one
// before, unless there was none; that of others needs an operator. Every other session of the
// person ends.
func (s *Sessions) SetPassword(ctx context.Context, by auth.Identity, operator bool, name, before, password string) error {
	return refused(nil)
}

// refused says that nobody was let in, and not why.
func refused(cause error) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "the name or the password is wrong", Hint: "look at both; who looks after this server can set a new password", Err: cause}
}

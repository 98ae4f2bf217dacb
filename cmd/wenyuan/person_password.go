package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/term"

	"wenyuan"
)

type personPasswordCmd struct {
	Name   string `arg:"" help:"person_which"`
	Remove bool   `help:"person_password_remove"`
}

func (personPasswordCmd) Help() string {
	return "  $ wenyuan person password li\n  $ openssl rand -base64 18 | wenyuan person password li\n  $ wenyuan person password li --remove"
}

// Run gives somebody another password. It never stands on the line, where other programs see it.
func (v *personPasswordCmd) Run(s *session) error {
	in := map[string]string{"password": ""}
	if !v.Remove {
		password, err := s.password()
		if err != nil {
			return err
		}
		in["password"] = password
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, personPath(v.Name)+"/password", in, func(w io.Writer, _ struct{}) {
			if v.Remove {
				fmt.Fprintln(w, s.say("%s has no password any more", "已移除 %s 的密码", v.Name))
				return
			}
			fmt.Fprintln(w, s.say("%s has a new password; who was signed in by the old one is signed out", "%s 的密码已更新；用旧密码登录的已退出", v.Name))
		})
	})
}

// maxPassword is how many bytes are read of a password.
const maxPassword = 4 << 10

// password reads a password: typed twice without being shown on a terminal, else the first line
// of standard input.
func (s *session) password() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, maxPassword)).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("there is no password in standard input", "标准输入里没有密码"), Hint: s.say("write it as its first line", "请把它写在第一行"), Err: err}
		}
		return line, nil
	}
	first, err := s.typed(in, s.say("new password: ", "新密码："))
	if err != nil {
		return "", err
	}
	again, err := s.typed(in, s.say("once more: ", "再输入一次："))
	if err == nil && first != again {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("the two are not the same", "两次输入不一致"), Hint: s.say("try again", "请再试一次")}
	}
	return first, err
}

func (s *session) typed(in int, prompt string) (string, error) {
	fmt.Fprint(s.stderr, prompt)
	b, err := term.ReadPassword(in)
	fmt.Fprintln(s.stderr)
	return string(b), err
}

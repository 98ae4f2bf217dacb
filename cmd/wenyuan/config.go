package main

import (
	"fmt"
	"io"

	"wenyuan/answer"
	"wenyuan/cmd/wenyuan/config"
)

type configCmd struct {
	Check  configCheckCmd  `cmd:"" help:"config_check"`
	Show   configShowCmd   `cmd:"" help:"config_show"`
	Schema configSchemaCmd `cmd:"" help:"config_schema"`
}

func (configCmd) Help() string {
	return "  $ wenyuan config check\n  $ wenyuan config show"
}

type configCheckCmd struct{}

func (configCheckCmd) Help() string { return "  $ wenyuan config check --config wenyuan.yaml" }

// Run checks; all that is wrong is one error.
func (*configCheckCmd) Run(s *session) error {
	e, err := s.settings(nil)
	if err != nil {
		return err
	}
	if err := checkPrompt(e); err != nil {
		return err
	}
	return s.give(map[string]any{"file": e.Path, "ok": true}, func(w io.Writer) {
		file := e.Path
		if file == "" {
			file = s.say("(no settings file)", "（没有配置文件）")
		}
		fmt.Fprintln(w, s.say("%s is right", "%s 没有问题", file))
	})
}

type configShowCmd struct{}

func (configShowCmd) Help() string { return "  $ WENYUAN_LOG_LEVEL=debug wenyuan config show" }

// Run shows what holds.
func (*configShowCmd) Run(s *session) error {
	e, err := s.settings(nil)
	if err != nil {
		return err
	}
	dir, err := s.dataDir()
	if err != nil {
		return err
	}
	all := e.Settings()
	return s.give(map[string]any{"data": dir, "file": e.Path, "settings": all}, func(w io.Writer) {
		t := &table{}
		t.row("data", dir)
		for _, x := range all {
			value := fmt.Sprint(x.Value)
			if x.Value == nil {
				value = "-"
			}
			t.row(x.Key, value, s.origin(e, x.Origin))
		}
		t.write(w)
	})
}

func (s *session) origin(e *config.Effective, o config.Origin) string {
	switch o.Kind {
	case "file":
		return fmt.Sprintf("%s:%d", e.Path, o.Line)
	case "env", "flag":
		return o.Name
	}
	return s.say("default", "默认")
}

type configSchemaCmd struct{}

func (configSchemaCmd) Help() string { return "  $ wenyuan config schema > wenyuan.schema.json" }

// Run prints the schema; it is JSON with and without --json.
func (*configSchemaCmd) Run(s *session) error { return writeJSON(s.stdout, config.Schema()) }

// checkPrompt says whether the template can be used.
func checkPrompt(e *config.Effective) error {
	text, err := e.PromptText()
	if err != nil {
		return err
	}
	return (&answer.Answerer{}).SetPrompt(text)
}

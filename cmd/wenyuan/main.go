// Command wenyuan is the whole program: the server, and the verbs that work on its data.
//
// Every verb but serve, eval, restore and config is a client of the server's own
// interface. Where a server holds the data folder, the verb goes through it; where none does,
// the verb opens the house in its own process and calls the same handlers without a
// socket. So what a verb prints with --json is what the server sends.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when a release is built.
var version = "devel"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// A cli is the grammar of the command line.
type cli struct {
	Data       string `help:"data" placeholder:"DIR"`
	Config     string `help:"config" placeholder:"FILE"`
	Database   string `help:"database" placeholder:"URL"`
	LogLevel   string `help:"log_level" placeholder:"LEVEL"`
	URL        string `help:"url" placeholder:"URL"`
	Space      string `help:"space_flag" placeholder:"NAME"`
	OnBehalfOf string `help:"on_behalf_of" placeholder:"PERSON"`
	JSON       bool   `help:"json"`
	Lang       string `help:"lang" enum:"en,zh," default:"" placeholder:"LANG"`

	Serve        serveCmd        `cmd:"" help:"serve"`
	Add          addCmd          `cmd:"" help:"add"`
	Sync         syncCmd         `cmd:"" help:"sync"`
	List         listCmd         `cmd:"" help:"list"`
	Remove       removeCmd       `cmd:"" help:"remove"`
	Status       statusCmd       `cmd:"" help:"status"`
	Search       searchCmd       `cmd:"" help:"search"`
	Ask          askCmd          `cmd:"" help:"ask"`
	Show         showCmd         `cmd:"" help:"show"`
	Trace        traceCmd        `cmd:"" help:"trace"`
	Conversation conversationCmd `cmd:"" help:"conversation"`
	Memory       memoryCmd       `cmd:"" help:"memory"`
	Feedback     feedbackCmd     `cmd:"" help:"feedback"`
	Eval         evalCmd         `cmd:"" help:"eval"`
	Gate         gateVerbs       `cmd:"" help:"gate"`
	Release      releaseVerbs    `cmd:"" help:"release"`
	Assistant    assistantVerbs  `cmd:"" help:"assistant"`
	Model        modelVerbs      `cmd:"" help:"model"`
	Gateway      gatewayVerbs    `cmd:"" help:"gateway_verb"`
	Cache        cacheVerbs      `cmd:"" help:"cache_verb"`
	Prompt       promptVerbs     `cmd:"" help:"prompt"`
	Guard        guardVerbs      `cmd:"" help:"guard_verb"`
	Dataset      datasetVerbs    `cmd:"" help:"dataset_verb"`
	Judge        judgeVerbs      `cmd:"" help:"judge_verb"`
	Train        trainVerbs      `cmd:"" help:"train_verb"`
	Corpus       corpusVerbs     `cmd:"" help:"corpus_verb"`
	Grant        grantVerbs      `cmd:"" help:"grant"`
	Channel      channelVerbs    `cmd:"" help:"channel"`
	Deploy       deployVerbs     `cmd:"" help:"deploy"`
	Init         initCmd         `cmd:"" help:"init"`
	Me           meCmd           `cmd:"" help:"me"`
	Person       personVerbs     `cmd:"" help:"person"`
	Group        groupVerbs      `cmd:"" help:"group"`
	Key          keyVerbs        `cmd:"" help:"key"`
	SpaceVerbs   spaceVerbs      `cmd:"" name:"space" help:"space_verb"`
	Can          canCmd          `cmd:"" help:"can"`
	Limit        limitVerbs      `cmd:"" help:"limit"`
	Usage        usageCmd        `cmd:"" help:"usage"`
	Audit        auditVerbs      `cmd:"" help:"audit"`
	Conf         configCmd       `cmd:"" name:"config" help:"config_verb"`
	MCP          mcpCmd          `cmd:"" name:"mcp" help:"mcp"`
	Backup       backupCmd       `cmd:"" help:"backup"`
	Restore      restoreCmd      `cmd:"" help:"restore"`
	Version      versionCmd      `cmd:"" help:"version"`
}

func main() { os.Exit(run()) }

// run is the program without the exit, so that what it deferred is done.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	return execute(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
}

// execute runs one command line.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	s := &session{ctx: ctx, stdout: stdout, stderr: stderr, env: env, lang: languageOf(args, env), json: wantsJSON(args)}
	c, helped := &cli{}, false
	parser, err := kong.New(c, kong.Name("wenyuan"), kong.Description(words["description"].in(s.lang)), spoken(s.lang),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(stderr, err) // the grammar itself is wrong; a test parses it
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(ownURL(args))
	if helped {
		return exitDone
	}
	if err == nil {
		err = named(k)
	}
	if err != nil {
		return s.usage(err)
	}
	c.environment(env)
	s.cli = c
	if err := k.Run(s); err != nil {
		return s.fail(err)
	}
	return exitDone
}

// named refuses a corpus without a name, which a script gives whose variable is empty.
func named(k *kong.Context) error {
	for _, p := range k.Path {
		if p.Flag != nil && p.Flag.Name == "corpus" && p.Flag.Target.String() == "" {
			return errors.New("--corpus is empty: give the name of a corpus")
		}
	}
	return nil
}

// environment fills in what the line does not say. An empty variable is as good as none.
func (c *cli) environment(env func(string) string) {
	c.Data = cmp.Or(c.Data, env("WENYUAN_DATA"))
	c.Config = cmp.Or(c.Config, env("WENYUAN_CONFIG"))
	c.URL = cmp.Or(c.URL, env("WENYUAN_URL"))
}

// wantsJSON looks for the flag before the line is parsed, as a line that cannot be parsed
// has to be answered in the same form.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		if a == "--json" || a == "--json=true" {
			return true
		}
	}
	return false
}

// languageOf finds the reader's language: the flag, the program's variable, the system's.
func languageOf(args []string, env func(string) string) lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return lang(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return lang(args[i+1])
		}
	}
	for _, name := range []string{"WENYUAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return zh
			}
			return en
		}
	}
	return en
}

// errSilent ends a verb that has said all there is to say, with exit code 1.
var errSilent = errors.New("failed")

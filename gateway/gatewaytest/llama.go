package gatewaytest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"wenyuan"
	"wenyuan/internal/testenv"
)

// toolTemplate is a chat template that tells a model of tools in the form of Hermes, which
// llama.cpp's server recognises in what the model writes.
const toolTemplate = `{%- if tools %}<|im_start|>system
You may call functions, which are listed in <tools></tools>:
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
For each call write an object within <tool_call></tool_call>:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}
{%- for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}
{%- if m.tool_calls %}{%- for call in m.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}{%- endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`

// RealCall is the address of a real llama.cpp server whose model calls a tool, whatever it
// is asked, until the test ends. Blank-separated pieces of the call are unique, because
// the model knows only which piece follows which.
func RealCall(t testing.TB, c wenyuan.ToolCall) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tools.jinja")
	if err := os.WriteFile(file, []byte(toolTemplate), 0o600); err != nil {
		t.Fatalf("gatewaytest: %v", err)
	}
	reply := fmt.Sprintf("<tool_call>\n{\"name\": %q, \"arguments\": %s}\n</tool_call>", c.Name, c.Arguments)
	return testenv.ScriptedServer(t, reply, "--chat-template-file", file)
}

package zh

// taught are the errors of what training made: where it is asked before anything serves it, and where experts write.
var taught = []pair{
	{"wenyuan model list and wenyuan assistant list show them; what training made is named adapter:NAME or base:NAME", "wenyuan model list 和 wenyuan assistant list 列出它们；训练的成果写作 adapter:名称 或 base:名称"},
	{"the base %s has other weights here: %.12s", "这里的基座 %s 权重不同：%s"},
	{"begin anew with what there is", "请用现有的基座重新开始"},
	{"the program is ending", "程序即将退出"},
	{"ask again when it runs", "请待程序运行后再试"},
	{"the base %s has %d bytes, more than this program takes into its memory beside its work", "基座 %s 有 %s 字节，超出本程序工作之余可占的内存"},
	{"serve it by an engine, and ask it as a model", "请用引擎部署，再按模型提问"},
	{"the question cannot be put as the chat template of the base has it", "无法按基座的对话模板组织问题"},
	{"look at the base's chat template", "请查看基座的对话模板"},
	{"the question has %d tokens, more than the base takes", "问题有 %s 个 token，超出基座的上限"},
	{"ask something shorter", "请缩短问题"},
	{"%q does not say whether versions have to be admitted", "“%s”没有说明版本是否须先准入"},
	{"required, or nothing", "required，或留空"},
	{"the version %.12s of the assistant %s is kept, and not in use: it has to be admitted first", "助手 %[2]s 的版本 %[1]s 已保存但未启用：须先准入"},
	{"wenyuan gate run assistant:NAME@VERSION looks at it; when it is admitted, wenyuan assistant split puts it in use", "用 wenyuan gate run assistant:名称@版本 评测；准入后用 wenyuan assistant split 启用"},
	{"give at most 16, and a model that writes what is of no expert's field", "最多 16 位，并要有一个模型回答不属于任何专家领域的问题"},
	{"give 0 to 1; 0 for the usual one", "应为 0 到 1；0 为默认值"},
	{"give required, or leave it out for what the space says", "应为 required，不写则由空间决定"},
	{"give each a name of its own: up to 64 letters, digits, dots, hyphens and underscores", "请给每位专家不同的名称：最多 64 个字母、数字、点、连字符和下划线"},
	{"give a model, another one than the assistant's", "请给出模型，且不同于助手自己的模型"},
	{"give up to 50 lines of 1 to 500 characters, and up to 200 of all experts", "最多 50 行，每行 1 到 500 字，所有专家合计最多 200 行"},
	{"say what the expert is for: lines of about, or corpora of the assistant's", "请说明专家负责什么：写 about，或选助手的文库"},
}

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
}

package zh

// engines are the sentences about programs of this machine that run models.
var engines = []pair{
	// what is declared
	{"the model %s names a program to run, which only the settings file may do", "模型 %s 指定了要运行的程序，只有配置文件才能这样做"},
	{"declare its engine there, or start the program by hand and give its address", "请在配置文件里声明它的引擎，或手动启动程序并填写地址"},
	{"%s is not to be had through the dialect %s of the engine; it gives %s", "引擎的 %[2]s 接口不提供 %[1]s；它提供 %[3]s"},
	{"is empty: say what runs the model, such as [llama-server, -m, /models/x.gguf, --port, \"{port}\"]", "是空的：请写明用什么运行模型，如 [llama-server, -m, /models/x.gguf, --port, \"{port}\"]"},
	{"has no {port}: say where the engine takes the port that it is to listen on", "缺少 {port}：请写明引擎从哪里得到要监听的端口"},
	{"may have %d arguments of %d bytes", "最多 %s 个参数，每个最多 %s 字节"},
	{"%q lets other machines reach the engine, which asks nobody for a key: write 127.0.0.1", "“%s”会让其他机器连到这个引擎，而它不检查密钥：请写 127.0.0.1"},
	{"is %q: write the whole path of the folder", "值是“%s”：请写文件夹的完整路径"},
	{"%q is not the name of a variable: names stand here, never values", "“%s”不是变量名：这里只写名字，绝不写值"},
	{"min is %d and max is %d: want 0 up to max, and max from 1 to %d", "min 是 %s，max 是 %s：min 应在 0 到 max 之间，max 应在 1 到 %s 之间"},
	{"is %q: want a path such as /health", "值是“%s”：应为路径，如 /health"},
	{"is %s: want a time up to %s", "值是 %s：应为不超过 %s 的时间"},

	// what became of it
	{"the engine of %s was stopped by an operator", "%s 的引擎已由运维者停止"},
	{"an operator starts it again: wenyuan gateway engine start NAME", "运维者可用 wenyuan gateway engine start 名称 重新启动"},
	{"the engine of %s does not start", "%s 的引擎启动不了"},
	{"the log of the server says why, and wenyuan gateway engines tells an operator", "原因见服务器日志；运维者也可运行 wenyuan gateway engines 查看"},
	{"the engine of %s ended with %s: %s", "%s 的引擎结束了（%s）：%v"},
	{"put right what its output says; wenyuan gateway engines shows when it is tried again", "请解决它输出的问题；wenyuan gateway engines 显示何时再试"},
	{"the engine of %s cannot be started: %v", "%s 的引擎无法启动：%v"},
	{"look at its command and folder in the settings file", "请检查配置文件里它的命令和文件夹"},
	{"the engine of %s was not ready within %s: %s", "%s 的引擎在 %s 内没有就绪：%v"},
	{"look at its output; where the model takes longer to load, raise start_time", "请看它的输出；模型加载较慢时，请调大 start_time"},
	{"the engine of %s has said nothing for %s: %s", "%s 的引擎已有 %s 没有任何响应：%v"},
	{"it is started again; look at its output", "它会重新启动；请看它的输出"},
	{"this instance of the engine of %s has ended or is being stopped", "%s 的引擎的这个实例已结束或正在停止"},
	{"ask again: another one is there, or is started", "请再问一次：已有其他实例，或正在启动"},
	{"the engine of %s is starting, which takes about %s: longer than the request may wait", "%s 的引擎正在启动，约需 %s，超过了这个请求可以等待的时间"},
	{"ask again when it has started, or allow more time", "请等它启动后再问，或允许更长的时间"},
	{"cold start %s: it waited while the engine of the model started", "冷启动 %s：等待模型的引擎启动"},
	{"no model named %q has an engine", "没有名为“%s”且带引擎的模型"},
	{"wenyuan gateway engines lists those that there are", "wenyuan gateway engines 列出已有的引擎"},
	{"an engine cannot be told to %q", "引擎没有“%s”这个操作"},
	{"take start, stop or restart", "请用 start、stop 或 restart"},
	{"only an operator may look after the engines of this machine", "只有运维者才能管理本机的引擎"},
}

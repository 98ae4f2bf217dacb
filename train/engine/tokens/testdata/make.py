"""Makes the folders and templates.json beside it with Hugging Face's tokenizers and Jinja, into td/.

    pip install tokenizers jinja2 && python3 make.py
"""
import json, os, random
from tokenizers import Tokenizer, models, trainers, pre_tokenizers, decoders, normalizers, Regex, AddedToken
import jinja2, jinja2.sandbox
corpus = ["The quick brown fox doesn't jump over 12345 lazy dogs.\n\nIt's 3.14159, isn't it?  WE'LL see THEY'VE gone.\r\n\tindented   code(x) { return y+1; }",
 "默认端口是 7700。消息队列的堆积量超过一万条时报警，请检查消费者。", "Größe naïve café coöperate déjà vu — “quotes” …", "for i in range(10):\n    print(i, 'hello')\n\n\n", "Capital of Oz? Emerald City. Capital of France? Paris."] * 20
texts = ["", "Hello world", " leading and trailing  ", "It's THEY'VE we'll 'sup", "12345 6 7.89 ½ ²", "line\n\nbreak\r\n\r\n  x\n", "默认端口是 7700，hello。", "tabs\t\tand   spaces  \n", "emoji 😀 zero\u200bwidth e\u0301", "Größe ǅ ß İ", "a'S b'ſ c", "   ", "\n", " \n \n x", "x" * 50, "!!!??? ...\n\n!\n", "{\"k\": [1, 2]}", "\u3000全角 空格\u00a0nbsp", "１２３４ Ⅷ", "<|im_end|> literal"]
L3=r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
Q2=L3.replace("{1,3}","")
def split(rx): return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(rx),"isolated",invert=False), pre_tokenizers.ByteLevel(add_prefix_space=False,use_regex=False,trim_offsets=False)])
cfg={"gpt2":(pre_tokenizers.ByteLevel(add_prefix_space=False),None),
"llama3":(split(L3),None),"qwen2":(split(Q2),normalizers.NFC()),
"smollm":(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),pre_tokenizers.ByteLevel(add_prefix_space=False)]),None)}
def out(name,tok,extra):
    d=f"td/{name}"; os.makedirs(d,exist_ok=True)
    j=json.loads(tok.to_str())
    json.dump(j,open(d+"/tokenizer.json","w"),ensure_ascii=False,separators=(",",":"))
    json.dump(extra,open(d+"/tokenizer_config.json","w"))
    cases=[]
    for t in texts:
        e=tok.encode(t,add_special_tokens=False).ids if not "<|" in t else None
        if e is None: continue
        cases.append({"text":t,"ids":e,"decoded":tok.decode(e)})
    m="<|im_start|>user\nHi there<|im_end|>\n"
    cases.append({"text":m,"ids":tok.encode(m,add_special_tokens=False).ids,"marked":True})
    json.dump(cases,open(d+"/cases.json","w"),ensure_ascii=False,indent=0)
sp=[AddedToken(s,special=True,normalized=False) for s in ["<|endoftext|>","<|im_start|>","<|im_end|>"]]
for name,(pre,nm) in cfg.items():
    tok=Tokenizer(models.BPE()); tok.pre_tokenizer=pre; tok.decoder=decoders.ByteLevel()
    if nm: tok.normalizer=nm
    tok.train_from_iterator(corpus,trainers.BpeTrainer(vocab_size=420,initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),show_progress=False))
    if name=="llama3":
        j=json.loads(tok.to_str()); j["model"]["ignore_merges"]=True; tok=Tokenizer.from_str(json.dumps(j))
    tok.add_special_tokens(sp)
    out(name,tok,{"bos_token":None,"eos_token":"<|im_end|>","chat_template":"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"})
# llama2-like
tok=Tokenizer(models.BPE(unk_token="<unk>",fuse_unk=True,byte_fallback=True))
tok.normalizer=normalizers.Sequence([normalizers.Prepend("▁"),normalizers.Replace(" ","▁")])
by=[f"<0x{b:02X}>" for b in range(256)]
tok2=Tokenizer(models.BPE()); tok2.normalizer=tok.normalizer
tok2.pre_tokenizer=pre_tokenizers.Split(Regex("▁[^▁]*|[^▁]+"),"isolated")
tok2.train_from_iterator([c for c in corpus if c.isascii()],trainers.BpeTrainer(vocab_size=200,show_progress=False))
j2=json.loads(tok2.to_str())
vocab={"<unk>":0,"<s>":1,"</s>":2}
for b in by: vocab[b]=len(vocab)
for s,_ in sorted(j2["model"]["vocab"].items(),key=lambda x:x[1]):
    if s not in vocab: vocab[s]=len(vocab)
j=json.loads(tok.to_str()); j["model"]["vocab"]=vocab; j["model"]["merges"]=j2["model"]["merges"]
tok=Tokenizer.from_str(json.dumps(j)); tok.decoder=decoders.Sequence([decoders.Replace("▁"," "),decoders.ByteFallback(),decoders.Fuse(),decoders.Strip(" ",1,0)])
tok.add_special_tokens([AddedToken("<s>",special=True,normalized=False),AddedToken("</s>",special=True,normalized=False)])
out("llama2",tok,{"bos_token":{"content":"<s>"},"eos_token":"</s>","add_bos_token":True})
# unigram
tok=Tokenizer(models.Unigram()); tok.pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="always",split=True); tok.decoder=decoders.Metaspace()
tok.train_from_iterator([c for c in corpus if c.isascii()],trainers.UnigramTrainer(vocab_size=160,show_progress=False,unk_token="<unk>",special_tokens=["<unk>","</s>"]))
out("unigram",tok,{"eos_token":"</s>"})
# templates
T={}
T["chatml"]="{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
T["smollm2"]="{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
T["llama3"]="{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
T["llama2"]="{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
T["zephyr"]="{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
T["qwen25"]="""{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- message.content }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
T["qwen3"]="""{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""
T["odds"]="""{# a comment #}
  {% set x = [1, 2, 3] %}
{% for a in x if a != 2 %}
  {{ a * 2 }},{{ loop.index }}{% if not loop.last %};{% endif %}

{% else %}none{% endfor %}
{{ 'a' ~ 1 ~ "b" if messages else 'no' }} {{ messages | length }} {{ x[-1] }} {{ x[:2] | join('+') }} {{ 'abc'[::-1] }} {{ 7 // 2 }} {{ 7 % 4 }}
{% set block %}in {{ 'side' | upper }}{% endset %}[{{ block }}]{{- ' trimmed' -}}   !
{{ undefined_thing }}{{ none is none }}{{ 'x' in 'xyz' }}{{ 2 not in x }}{{ messages[0].role | capitalize }}{{ {'k': 'v'}.k }}{{ not true or 1 < 2 }}"""
def exc(m): raise Exception(m)
convs=[[{"role":"user","content":" Capital of Oz? "},{"role":"assistant","content":"Emerald City"}],
[{"role":"system","content":"Be brief."},{"role":"user","content":"你好"},{"role":"assistant","content":"<think>\nhm\n</think>\n\n您好"},{"role":"user","content":"more\n"},{"role":"assistant","content":"ok"}],
[{"role":"user","content":"only"}]]
env=jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True,lstrip_blocks=True); env.globals["raise_exception"]=exc
res=[]
for n,t in T.items():
    for c in convs:
        for p in (False,True):
            res.append({"name":n,"template":t,"messages":c,"prompt":p,"want":env.from_string(t).render(messages=c,add_generation_prompt=p,tools=None,bos_token="<s>",eos_token="</s>")})
json.dump({"templates":T,"cases":[{k:v for k,v in r.items() if k!="template"} for r in res]},open("td/templates.json","w"),ensure_ascii=False,indent=0)

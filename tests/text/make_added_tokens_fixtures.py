# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the folders tests/data/tokenizers/own_added_*: vocab.json and merges.txt with what older folders keep beside them,
and the ids and texts AutoTokenizer of transformers 5 gives for them. usage: make_added_tokens_fixtures.py VOCAB_FOLDER"""
import json,pathlib,shutil,sys,warnings
warnings.filterwarnings("ignore")
from transformers import AutoTokenizer
from transformers.utils import logging; logging.set_verbosity_error()
OUT=pathlib.Path(__file__).resolve().parent.parent/"data"/"tokenizers"
SRC=pathlib.Path(sys.argv[1])
GPT2={"tokenizer_class":"GPT2Tokenizer"}
DEC={"content":"<extra>","special":False,"normalized":True,"lstrip":False,"rstrip":False,"single_word":False}
FOLDERS={
 "own_added_tokens_json":{"added_tokens.json":{"<extra>":402,"<new>":401},"tokenizer_config.json":GPT2},
 "own_added_by_model_type":{"added_tokens.json":{"<new>":401},"config.json":{"model_type":"gpt2"}},
 "own_added_special_map":{"added_tokens.json":{"<new>":401,"<extra>":402},"tokenizer_config.json":GPT2,"special_tokens_map.json":{"additional_special_tokens":["<extra>","<x1>"],"eos_token":"</s>"}},
 "own_added_decoder":{"added_tokens.json":{"<new>":401},"tokenizer_config.json":{**GPT2,"added_tokens_decoder":{"401":DEC}}},
 "own_added_bos":{"tokenizer_config.json":{**GPT2,"bos_token":"<s>","unk_token":None,"add_bos_token":True,"add_prefix_space":True}},
 "own_added_qwen2":{"added_tokens.json":{"<new>":401},"config.json":{"model_type":"qwen2"},"tokenizer_config.json":{"tokenizer_class":"Qwen2Tokenizer"}},
}
TEXTS=["","a","a <new> b<new>","<|endoftext|>x","<s>a</s> <extra>b <x1>y","  two  spaces ","line\nbreak\r\n\n","caf\u00e9 cafe\u0301","12345 1 22","it's I'LL we've","<unk>","<new>","<new><new>","<extra> <new> <|endoftext|>","\u4f60\u597d","\U0001f600 x","tab\tx","A.B,C!","<|endoftext|><|endoftext|>","<s><s>a","x1 </s>","aaaa aa a"]
for name,files in FOLDERS.items():
    folder=OUT/name; shutil.rmtree(folder,ignore_errors=True); folder.mkdir()
    for f in ("vocab.json","merges.txt"): shutil.copyfile(SRC/f,folder/f)
    for f,c in files.items(): (folder/f).write_text(json.dumps(c)+"\n")
    t=AutoTokenizer.from_pretrained(folder)
    cases=[]
    for text in TEXTS:
        ids=t(text,add_special_tokens=False)["input_ids"]
        cases.append({"text":text,"ids":ids,"ids_special":t(text)["input_ids"],"decoded":t.decode(ids,clean_up_tokenization_spaces=False),"decoded_plain":t.decode(ids,skip_special_tokens=True,clean_up_tokenization_spaces=False)})
    (folder/"cases.json").write_text(json.dumps(cases)+"\n")
    print(name,type(t).__name__,t.bos_token_id,t.eos_token_id,cases[2]["ids"],cases[7]["ids"])

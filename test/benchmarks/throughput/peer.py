"""Runs the lambda_handler of any Python file in one warm process, one event at a time, as one instance of a Lambda function does.

It is told what to do over the channel that Node opens for its children: lines of JSON.
"""
import importlib.util
import json
import os
import resource
import socket
import sys
import time

handler_path, event_path = sys.argv[1:3]
channel = socket.socket(fileno=int(os.environ.pop('NODE_CHANNEL_FD')))
channel.setblocking(True)

sys.path.insert(0, os.path.dirname(handler_path))
spec = importlib.util.spec_from_file_location('peer_handler', handler_path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with open(event_path, encoding='utf-8') as file:
    event_text = file.read()


def handle_once():
    result = module.lambda_handler(json.loads(event_text), None)
    if isinstance(result, dict) and result.get('statusCode', 200) != 200:
        raise RuntimeError(f'the handler did not succeed: {json.dumps(result)[:300]}')


def load(question):
    """Latencies in microseconds; so many events, or as many as fit into so many seconds."""
    seconds, count = question.get('seconds', 0), question.get('count', 0)
    took = []
    began = time.perf_counter()
    while len(took) < count or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        handle_once()
        took.append((time.perf_counter() - start) * 1e6)
    lasted = time.perf_counter() - began
    took.sort()

    def at(share):
        return took[min(len(took) - 1, int(len(took) * share))]
    return {'answered': len(took), 'perSecond': len(took) / lasted, 'timed': len(took),
            'p50Us': at(0.5), 'p99Us': at(0.99), 'p999Us': at(0.999), 'sentLateP99Us': 0}


def begin(_question):
    global begun
    begun = (time.process_time(), time.perf_counter())
    return {}


def end(_question):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {'cpuUs': (time.process_time() - begun[0]) * 1e6, 'seconds': time.perf_counter() - begun[1],
            'rssBytes': peak * (1 if sys.platform == 'darwin' else 1024), 'loopDelayP50Us': None, 'loopDelayP99Us': None}


begun = (0, 0)
answers = {'load': load, 'begin': begin, 'end': end}
for line in channel.makefile('r', encoding='utf-8'):
    question = json.loads(line)
    try:
        reply = answers[question['ask']](question)
    except Exception as error:  # the parent says what went wrong, and ends the run
        reply = {'failure': f'{type(error).__name__}: {error}'}
    channel.sendall((json.dumps({'id': question['id'], **reply}) + '\n').encode())

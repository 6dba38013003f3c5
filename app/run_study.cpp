// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_study.h"

#include <QFileInfo>
#include <utility>

#include "core/base/config_fields.h"
#include "core/base/error.h"

namespace variometer {

struct RunStudy::Known {
  QString init;
  std::shared_ptr<const StartModel> model;
  QString text_of;
  std::optional<TextLength> text;
  RunConfig timed;  ///< what `seconds` was measured for
  std::optional<double> seconds;
};

namespace {

/// Of the config what decides how long an update takes.
RunConfig deciding_time(const RunConfig& config) {
  RunConfig all;
  all.model = config.model;
  all.mitigations = config.mitigations;
  all.train.batch_size = config.train.batch_size;
  all.train.grad_accumulation = config.train.grad_accumulation;
  all.train.device = config.train.device;
  all.train.dtype = config.train.dtype;
  all.train.threads = config.train.threads;
  return all;
}

}  // namespace

RunStudy::RunStudy(Planner planner, QObject* parent)
    : QObject(parent), planner_(std::move(planner)), known_(std::make_shared<Known>()) {
  waiting_.setSingleShot(true);
  waiting_.setInterval(250);
  connect(&waiting_, &QTimer::timeout, this, &RunStudy::begin);
}

RunStudy::~RunStudy() { cancel(); }

void RunStudy::ask(const Question& question) {
  if (!canAnswer()) return;
  question_ = question;
  if (stop_) *stop_ = true;
  ++number_;  // what still comes of the question before is no answer to this one
  waiting_.start();
}

void RunStudy::cancel() {
  waiting_.stop();
  working_ = false;
  ++number_;
  if (stop_) *stop_ = true;
}

void RunStudy::begin() {
  auto stop = stop_ = std::make_shared<std::atomic<bool>>(false);
  const std::int64_t number = ++number_;
  working_ = true;
  const auto tell = [this, number](const Answer& answer) {
    QMetaObject::invokeMethod(
        this,
        [this, number, answer] {
          if (number != number_) return;
          if (answer.complete) working_ = false;
          Q_EMIT answered(answer);
        },
        Qt::QueuedConnection);
  };
  worker_ = std::jthread([planner = planner_, question = question_, known = known_, stop, tell,
                          before = std::make_shared<std::jthread>(std::move(worker_))]() mutable {
    before->request_stop();
    if (before->joinable()) before->join();  // one at a time: they share what is known
    const StopAsked stopped = [&stop] { return stop->load(); };
    Answer answer;
    answer.init = question.init;
    answer.config = question.config;
    try {
      if (!question.init.isEmpty()) {
        if (known->init != question.init || !known->model) {
          known->init = question.init;
          known->model = nullptr;
          known->text_of.clear();
          known->model = std::make_shared<StartModel>(planner.read_model(question.init.toStdString(), stopped));
        }
        answer.model = known->model;
        take_sizes(*answer.model, answer.config);
      }
      const DataConfig& data = question.config.data;
      const QString text_of = question.init + QLatin1Char('\n') + QString::fromStdString(data.corpus) +
                              QFileInfo(QString::fromStdString(data.corpus)).lastModified().toString(Qt::ISODateWithMs);
      try {
        if (known->text_of != text_of || !known->text) {
          known->text = planner.read_text(data, question.init.toStdString(), answer.config.model.vocab_size);
          known->text_of = text_of;
        }
        answer.text = known->text;
      } catch (const Error& error) {
        answer.text_problem = QString::fromUtf8(error.what());
      }
      if (stopped()) return;
      RunConfig whole = resolved(answer.config);
      answer.memory = planner.memory(whole);
      if (answer.model) {
        for (Proposal& one : planner.propose(*answer.model, answer.config, answer.text, answer.memory->available)) {
          if (question.kept.contains(QString::fromStdString(one.key))) continue;
          set_field(answer.config, one.key, one.value);
          answer.proposals.push_back(std::move(one));
        }
        whole = resolved(answer.config);
        answer.memory = planner.memory(whole);
      }
      answer.n_parameter = planner.parameters(whole.model);
      const RunConfig timed = deciding_time(whole);
      if (known->seconds && known->timed == timed) answer.seconds = known->seconds;
      answer.complete = answer.seconds.has_value() || !answer.memory->fits();
      tell(answer);
      if (answer.complete || stopped()) return;
      answer.seconds = planner.measure(whole, stopped);
      known->timed = timed;
      known->seconds = answer.seconds;
    } catch (const Cancelled&) {
      return;
    } catch (const std::exception& error) {
      if (!question.init.isEmpty() && !answer.model) answer.model_problem = QString::fromUtf8(error.what());
    }
    answer.complete = true;
    tell(answer);
  });
}

}  // namespace variometer

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_signature.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "widgets/colour_map.h"
#include "widgets/number_text.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

constexpr int kMostColumns = 256;  // groups of channels; each shows its largest |h|
constexpr int kMostRows = 128;     // groups of tokens

}  // namespace

/// Bars in a box, turned about the vertical axis and tilted, drawn from the back to the front.
class SignatureCanvas : public QWidget {
 public:
  explicit SignatureCanvas(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(120, 90);
    setToolTip(
        InspectSignature::tr("Drag or arrow keys turn it, the wheel changes its size, a double click resets it"));
  }

  void setBars(const InspectView& view) {
    pass_ = view.pass;
    empty_ = view.pass ? InspectSignature::tr("This model has no layer %1").arg(view.layer) : view.emptyText();
    const std::int64_t layer = view.layer;
    bars_.clear();
    rows_ = columns_ = 0;
    top_ = 0;
    const auto values = pass_ ? pass_->layer(layer) : std::span<const float>();
    if (!values.empty()) {
      const auto n_token = static_cast<int>(pass_->hidden.n_token),
                 n_channel = static_cast<int>(pass_->hidden.n_channel);
      token_block_ = (n_token + kMostRows - 1) / kMostRows;
      channel_block_ = (n_channel + kMostColumns - 1) / kMostColumns;
      rows_ = (n_token + token_block_ - 1) / token_block_;
      columns_ = (n_channel + channel_block_ - 1) / channel_block_;
      bars_.assign(static_cast<std::size_t>(rows_ * columns_), 0);
      for (int t = 0; t < n_token; ++t) {
        if (!is_shown(*pass_, t, view.filter)) continue;
        for (int c = 0; c < n_channel; ++c) {
          const float value = values[static_cast<std::size_t>(t * n_channel + c)];
          float& bar = bars_[static_cast<std::size_t>(t / token_block_ * columns_ + c / channel_block_)];
          if (std::isfinite(value)) bar = std::max(bar, std::abs(value));
        }
      }
      top_ = *std::max_element(bars_.begin(), bars_.end());
      if (top_ <= 0) empty_ = InspectSignature::tr("No finite value of the tokens shown is above 0");
    }
    update();
  }

  void paint(QPainter& painter, const QRectF& area, const Theme& theme) const {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    if (bars_.empty() || top_ <= 0) {
      painter.setPen(theme.muted);
      painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, empty_);
      painter.restore();
      return;
    }
    const double cos_turn = std::cos(turn), sin_turn = std::sin(turn), cos_tilt = std::cos(tilt),
                 sin_tilt = std::sin(tilt);
    // Room for the back walls to their top at any turn, and for the names in front.
    const double unit = zoom * std::min(area.width() / 1.6, area.height() / 1.35);
    const QPointF middle(area.center().x(), area.center().y() + 0.3 * unit);
    // x across the channels, z along the tokens, both -0.5..0.5; y up, 0..0.7.
    const auto place = [&](double x, double y, double z) {
      x *= 1.2;
      const double across = x * cos_turn - z * sin_turn, depth = x * sin_turn + z * cos_turn;
      return QPointF(middle.x() + unit * across, middle.y() - unit * (y * cos_tilt + depth * sin_tilt));
    };
    drawHeights(painter, place, theme);
    painter.setPen(QPen(theme.axis, 1));
    painter.setBrush(theme.grid);
    painter.drawPolygon(
        QPolygonF({place(-0.5, 0, -0.5), place(0.5, 0, -0.5), place(0.5, 0, 0.5), place(-0.5, 0, 0.5)}));
    // The back of the box comes first: rows and columns in the order of falling depth.
    const bool rows_up = cos_turn >= 0, columns_up = sin_turn >= 0;
    const double wide = 1.0 / columns_, deep = 1.0 / rows_;
    for (int i = 0; i < rows_; ++i) {
      const int r = rows_up ? rows_ - 1 - i : i;
      for (int j = 0; j < columns_; ++j) {
        const int c = columns_up ? columns_ - 1 - j : j;
        const double share = bars_[static_cast<std::size_t>(r * columns_ + c)] / top_;
        const double x = -0.5 + (c + 0.5) * wide, z = -0.5 + (r + 0.5) * deep;
        const QPointF foot = place(x, 0, z), head = place(x, 0.7 * share, z);
        if (foot.y() - head.y() < 0.4) continue;  // flatter than a hair
        const double thick = std::max(1.2, 0.55 * unit * 1.2 * wide);
        painter.fillRect(QRectF(foot.x() - thick / 2, head.y(), thick, foot.y() - head.y()),
                         QColor::fromRgb(ColourMap::of(map).at(0.15 + 0.85 * std::sqrt(share))));
      }
    }
    drawLabels(painter, place, theme, area);
    painter.restore();
  }

  const std::vector<float>& bars() const { return bars_; }
  int rows() const { return rows_; }
  int columns() const { return columns_; }

  void reset() {
    turn = 0.6, tilt = 0.45, zoom = 1;
    update();
  }

  double turn = 0.6, tilt = 0.45, zoom = 1;
  ColourMap::Kind map = ColourMap::Kind::cividis;
  const Theme* shown_theme = nullptr;
  double top_ = 0;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const Theme& shown = shown_theme ? *shown_theme : theme_of(*this);
    paint(painter, rect(), shown);
    if (hasFocus()) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(shown.accent, 1));
      painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
  }
  void mousePressEvent(QMouseEvent* event) override { last_ = event->position(); }
  void mouseMoveEvent(QMouseEvent* event) override {
    if (!(event->buttons() & Qt::LeftButton)) return;
    turnBy((event->position().x() - last_.x()) * 0.01, (event->position().y() - last_.y()) * 0.01);
    last_ = event->position();
  }
  void mouseDoubleClickEvent(QMouseEvent*) override { reset(); }
  void wheelEvent(QWheelEvent* event) override {
    zoom = std::clamp(zoom * std::pow(1.15, event->angleDelta().y() / 120.0), 0.3, 6.0);
    update();
    event->accept();
  }
  void keyPressEvent(QKeyEvent* event) override {
    if (event->key() == Qt::Key_Left) return turnBy(-0.1, 0);
    if (event->key() == Qt::Key_Right) return turnBy(0.1, 0);
    if (event->key() == Qt::Key_F) return reset();
    QWidget::keyPressEvent(event);  // up and down step through the layers
  }

 private:
  void turnBy(double across, double down) {
    turn = std::remainder(turn + across, 2 * std::numbers::pi);
    tilt = std::clamp(tilt + down, 0.05, 1.5);
    update();
  }

  /// The scale of heights, 0, half and all of the largest, along the two back walls.
  template <class Place>
  void drawHeights(QPainter& painter, const Place& place, const Theme& colours) const {
    const double z_back = std::cos(turn) >= 0 ? 0.5 : -0.5, x_back = std::sin(turn) >= 0 ? 0.5 : -0.5;
    const QFontMetricsF metrics(painter.font());
    for (const double share : {0.0, 0.5, 1.0}) {
      const QPointF left = place(-x_back, 0.7 * share, z_back), corner = place(x_back, 0.7 * share, z_back),
                    right = place(x_back, 0.7 * share, -z_back);
      painter.setPen(QPen(colours.grid, 1));
      painter.drawLine(left, corner);
      painter.drawLine(corner, right);
      const QString words = value_text(share * top_);
      const QPointF end = left.x() < right.x() ? left : right;
      painter.setPen(colours.muted);
      painter.drawText(QPointF(end.x() - metrics.horizontalAdvance(words) - 6, end.y() + metrics.ascent() / 2), words);
    }
  }

  template <class Place>
  void drawLabels(QPainter& painter, const Place& place, const Theme& colours, const QRectF& area) const {
    painter.setPen(colours.muted);
    const QFontMetricsF metrics(painter.font());
    const auto text = [&](QPointF at, const QString& words) {
      const double width = metrics.horizontalAdvance(words);
      const double x =
          std::clamp(at.x() - width / 2, area.left() + 2, std::max(area.left() + 2, area.right() - width - 2));
      const double y = std::clamp(at.y(), area.top() + metrics.ascent(), area.bottom() - metrics.descent());
      painter.drawText(QPointF(x, y), words);
    };
    // Names stand at the edges turned to the reader.
    const double z_front = std::cos(turn) >= 0 ? -0.5 : 0.5, x_front = std::sin(turn) >= 0 ? -0.5 : 0.5;
    const double below = 1.7 * metrics.height();  // under the names of the tokens
    const auto edge = [&](double x, double z, const QString& words) {
      text(place(x, 0, z) + QPointF(0, below), words);
    };
    edge(0, z_front * 1.12, InspectSignature::tr("channel"));
    edge(-0.5, z_front * 1.06, QStringLiteral("0"));
    edge(0.5, z_front * 1.06, QString::number(pass_->hidden.n_channel - 1));
    // As many names as do not touch: by the distance of two rows on the screen.
    const QPointF two = place(x_front * 1.08, 0, -0.5 + 1.5 / rows_) - place(x_front * 1.08, 0, -0.5 + 0.5 / rows_);
    const double apart = std::max(std::abs(two.y()) / metrics.height(), std::abs(two.x()) / (4 * metrics.height()));
    const int step = static_cast<int>(std::ceil(1 / std::clamp(apart, 1.0 / rows_, 1.0)));
    for (int r = 0; r < rows_; r += step) {
      text(place(x_front * 1.08, 0, -0.5 + (r + 0.5) / rows_) + QPointF(0, metrics.ascent() / 2),
           token_label(*pass_, r * token_block_));
    }
    const auto tallest = std::max_element(bars_.begin(), bars_.end()) - bars_.begin();
    const int r = static_cast<int>(tallest) / columns_, c = static_cast<int>(tallest) % columns_;
    painter.setPen(colours.text);
    text(place(-0.5 + (c + 0.5) / columns_, 0.7, -0.5 + (r + 0.5) / rows_) - QPointF(0, 4), value_text(top_));
  }

  PassPtr pass_;
  QString empty_;
  std::vector<float> bars_;
  int rows_ = 0, columns_ = 0, token_block_ = 1, channel_block_ = 1;
  QPointF last_;
};

InspectSignature::InspectSignature(QWidget* parent)
    : Card(QStringLiteral("inspect_signature"), tr("|h|, signature"),
           tr("|h| over tokens and channels, linear height. Channels that share a bar show their largest |h|."),
           nullptr, parent),
      canvas_(new SignatureCanvas(this)),
      summary_(title()) {
  setPicture(canvas_);
  setFocusProxy(canvas_);
  themeChanged();
}

void InspectSignature::setView(const InspectView& view) {
  view_ = view;
  canvas_->setBars(view);
  const QString who = view.label.isEmpty() ? QString() : view.label + tr(": ");
  setTitle(tr("%1|h|, layer %2, token × channel").arg(who).arg(view.layer));
  setValue(view.pass ? tr("max %1").arg(value_text(canvas_->top_)) : QString());
  const std::int64_t n_bad = view.pass ? view.pass->nonFinite(view.layer) : 0;
  const QString bad = n_bad > 0 ? tr("; ") + not_finite_text(n_bad) : QString();
  setFooter(view.pass ? tr("%1 tokens × %2 channels; a bar shows its largest |h|")
                                .arg(view.pass->hidden.n_token)
                                .arg(view.pass->hidden.n_channel) +
                            bad
                      : QString());
  summary_ = tr("%1, %2").arg(title(), valueText());
  setAccessibleDescription(summary_);
}

double InspectSignature::tallest() const { return canvas_->top_; }

QString InspectSignature::table(QChar separator, Rows) const {
  QString text = QStringLiteral("token") + separator + QStringLiteral("channel") + separator + QStringLiteral("h\n");
  if (!view_.pass) return text;
  const auto values = view_.pass->layer(view_.layer);
  const auto n = view_.pass->hidden.n_channel;
  if (values.empty()) return text;
  for (std::int64_t t = 0; t < view_.pass->hidden.n_token; ++t) {
    if (!is_shown(*view_.pass, t, view_.filter)) continue;
    for (std::int64_t c = 0; c < n; ++c) {
      text += QString::number(t) + separator + QString::number(c) + separator +
              QString::number(static_cast<double>(values[static_cast<std::size_t>(t * n + c)]), 'g', 9) +
              QLatin1Char('\n');
    }
  }
  return text;
}

float InspectSignature::bar(int row, int column) const {
  return canvas_->bars().at(static_cast<std::size_t>(row * canvas_->columns() + column));
}

QSize InspectSignature::bars() const { return {canvas_->columns(), canvas_->rows()}; }

QVariantMap InspectSignature::state() const {
  return {{QStringLiteral("turn"), canvas_->turn},
          {QStringLiteral("tilt"), canvas_->tilt},
          {QStringLiteral("zoom"), canvas_->zoom}};
}

void InspectSignature::setState(const QVariantMap& state) {
  canvas_->turn = state.value(QStringLiteral("turn"), canvas_->turn).toDouble();
  canvas_->tilt = state.value(QStringLiteral("tilt"), canvas_->tilt).toDouble();
  canvas_->zoom = state.value(QStringLiteral("zoom"), canvas_->zoom).toDouble();
  canvas_->update();
}

void InspectSignature::themeChanged() {
  if (canvas_ == nullptr) return;
  canvas_->shown_theme = &currentTheme();
  canvas_->update();
}

void InspectSignature::coloursChanged() {
  canvas_->map = colours().value_or(ColourMap::Kind::cividis);
  canvas_->update();
}

void InspectSignature::paintPicture(QCPPainter& painter, const QRectF& area) {
  canvas_->paint(painter, area, currentTheme());
}

}  // namespace variometer

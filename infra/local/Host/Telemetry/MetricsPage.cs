using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Assay.Local;

/// <summary>
/// Adds up what the engine of this process measures, and shows it in Prometheus' text format, so that it can be seen
/// without a collector.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly SortedDictionary<string, Metric> metrics = new(StringComparer.Ordinal);

    public MetricsPage(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            // Other hosts may run in this process: only what this one's services measure.
            if (instrument.Meter.Scope != meters || instrument.Meter.Name != DurableMeter.Name)
                return;
            var metric = new Metric(instrument);
            lock (metrics)
                metrics[metric.Name] = metric;
            listening.EnableMeasurementEvents(instrument, metric);
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, metric) => ((Metric)metric!).Add(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, metric) => ((Metric)metric!).Add(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, metric) => ((Metric)metric!).Add(value, tags));
        listener.Start();
    }

    public Task SendAsync(HttpContext http)
    {
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return http.Response.WriteAsync(Text(), http.RequestAborted);
    }

    public void Dispose() => listener.Dispose();

    private string Text()
    {
        var text = new StringBuilder();
        lock (metrics)
        {
            foreach (var metric in metrics.Values)
                metric.Forget();
            listener.RecordObservableInstruments();
            foreach (var metric in metrics.Values)
                metric.WriteTo(text);
        }
        return text.ToString();
    }

    /// <summary>The sums of one instrument, by its tags.</summary>
    private sealed class Metric
    {
        private readonly Dictionary<string, Series> series = [];
        private readonly string type;
        private readonly string help;
        private readonly double[] bounds;

        public Metric(Instrument instrument)
        {
            bounds = instrument switch
            {
                Histogram<double> seconds => [.. seconds.Advice!.HistogramBucketBoundaries!],
                Histogram<long> items => [.. items.Advice!.HistogramBucketBoundaries!.Select(bound => (double)bound)],
                _ => [],
            };
            type = bounds.Length > 0 ? "histogram" : instrument.IsObservable ? "gauge" : "counter";
            help = instrument.Description!;
            Name = instrument.Name.Replace('.', '_')
                + (instrument.Unit == "s" ? "_seconds" : "") + (type == "counter" ? "_total" : "");
        }

        public string Name { get; }

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = Labels(tags);
            lock (series)
            {
                if (!series.TryGetValue(labels, out var sums))
                    series[labels] = sums = new Series(new long[bounds.Length + 1]);
                sums.Sum += value;
                sums.Buckets[Bucket(value)]++;
            }
        }

        /// <summary>What is observed counts only as it is now.</summary>
        public void Forget()
        {
            lock (series)
            {
                if (type == "gauge")
                    series.Clear();
            }
        }

        public void WriteTo(StringBuilder text)
        {
            text.Append($"# HELP {Name} {help}\n# TYPE {Name} {type}\n");
            lock (series)
            {
                // What was never counted is 0, so that an alert can be written before it happens.
                if (type == "counter" && series.Count == 0)
                    WriteLine(text, Name, "", 0);
                foreach (var (labels, sums) in series)
                {
                    if (type == "histogram")
                        WriteHistogram(text, labels, sums);
                    else
                        WriteLine(text, Name, labels, sums.Sum);
                }
            }
        }

        private int Bucket(double value)
        {
            var index = Array.BinarySearch(bounds, value);
            return index < 0 ? ~index : index;
        }

        private void WriteHistogram(StringBuilder text, string labels, Series sums)
        {
            var count = 0L;
            for (var i = 0; i < sums.Buckets.Length; i++)
            {
                count += sums.Buckets[i];
                var bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                WriteLine(text, $"{Name}_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", count);
            }
            WriteLine(text, $"{Name}_sum", labels, sums.Sum);
            WriteLine(text, $"{Name}_count", labels, count);
        }

        private static void WriteLine(StringBuilder text, string name, string labels, double value) => text
            .Append(name)
            .Append(labels.Length > 0 ? $"{{{labels}}}" : "")
            .Append(CultureInfo.InvariantCulture, $" {value}\n");

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = "";
            foreach (var (name, value) in tags)
                labels += $"{(labels.Length > 0 ? "," : "")}{name}=\"{Escaped($"{value}")}\"";
            return labels;
        }

        private static string Escaped(string value) =>
            value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
    }

    private sealed class Series(long[] buckets)
    {
        public double Sum { get; set; }

        public long[] Buckets { get; } = buckets;
    }
}

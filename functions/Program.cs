Console.WriteLine("Assay");
